// Mail servers that refuse, defer, vanish, or lost their STARTTLS on the way.

#include "mail/smtp.hpp"
#include "testkit/mail_sink.hpp"
#include "testkit/scripted_smtp.hpp"

#include <gtest/gtest.h>

namespace monitron::mail {
namespace {

Server server_at(int port, Encryption encryption) {
  return {.host = "127.0.0.1", .port = port, .encryption = encryption};
}

Letter letter_to(const std::string& to) {
  Letter letter;
  letter.from = *parse_address("Monitron Süd <monitron@example.com>");
  letter.to = *parse_address(to);
  letter.subject = "[FIRING] Größe \xE2\x82\xAC über alles, und zwar in einem langen Betreff";
  letter.text = "line one\n.\n.. dots\nMAIL FROM:<evil@example.com>\n";
  letter.html = "<p>line one</p>";
  letter.message_id = message_id_of("a key", letter.from);
  letter.thread_id = message_id_of("another", letter.from);
  letter.date = from_ms(1'700'000'000'000);
  return letter;
}

// Neither what is in a text nor a file's name makes a command or a header.
TEST(Smtp, FileNamesAndTextsStayWhatTheyAre) {
  const testkit::MailSink sink;
  auto letter = letter_to("ops@example.com");
  letter.files = {{"Verfügbarkeit \"a\"\r\nX-Evil: 1.pdf", "application/pdf\r\nX-Evil: 2", "pdf"}};
  ASSERT_TRUE(send(server_at(sink.port(), Encryption::none), letter));
  const auto letters = sink.letters();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0]["text"], letter.text);
  const auto& file = letters[0]["attachments"].at(0);
  EXPECT_TRUE(file["file_name"].get<std::string>().starts_with("Verfügbarkeit"));
  EXPECT_EQ(file["content_type"], "application/octet-stream");
  EXPECT_EQ(testkit::header_of(letters[0], "X-Evil"), "");
}

// Somebody in between took STARTTLS away: nothing is sent, no password either.
// S-11.
TEST(Smtp, WithoutStartTlsNothingIsSent) {
  std::vector<std::string> seen;
  Result<void> sent;
  {
    const testkit::ScriptedSmtp server([&](const std::string& command, const std::string&) {
      seen.push_back(command);
      return std::string();
    });
    sent = send({.host = "127.0.0.1",
                 .port = server.port(),
                 .encryption = Encryption::starttls,
                 .user = "monitron",
                 .password = "right"},
                letter_to("ops@example.com"));
  }  // its threads are gone
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::unavailable);
  EXPECT_EQ(seen, std::vector<std::string>{"EHLO"});
}

struct Refusal {
  const char* command;
  const char* answer;
  Fault fault;
};

class RefusingSmtp : public testing::TestWithParam<Refusal> {};

// 4xx may go later, 5xx never.
TEST_P(RefusingSmtp, TellsLaterFromNever) {
  const auto& refusal = GetParam();
  const testkit::ScriptedSmtp server([&](const std::string& command, const std::string&) {
    return command == refusal.command ? std::string(refusal.answer) : std::string();
  });
  const auto sent = send(server_at(server.port(), Encryption::none), letter_to("ops@example.com"));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, refusal.fault) << sent.error().text;
  EXPECT_TRUE(server.letters().empty());
}

INSTANTIATE_TEST_SUITE_P(Answers, RefusingSmtp,
                         testing::Values(Refusal{"MAIL", "451 later", Fault::unavailable},
                                         Refusal{"MAIL", "550 not from you", Fault::invalid},
                                         Refusal{"RCPT", "450 greylisted", Fault::unavailable},
                                         Refusal{"RCPT", "550 no such user", Fault::invalid},
                                         Refusal{"DATA", "421 closing", Fault::unavailable},
                                         Refusal{"DATA", "554 no", Fault::invalid},
                                         Refusal{"END", "452 disk full", Fault::unavailable},
                                         Refusal{"END", "554 looks like spam", Fault::invalid},
                                         Refusal{"END", "drop", Fault::unavailable},
                                         Refusal{"EHLO", "drop", Fault::unavailable}));

}  // namespace
}  // namespace monitron::mail
