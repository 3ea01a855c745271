// Letters sent to a real mail server.

#include "mail/smtp.hpp"

#include "testkit/mail_sink.hpp"

#include <gtest/gtest.h>

namespace monitron::mail {
namespace {

using testkit::header_of;
using testkit::MailSink;

Letter example(const std::string& subject) {
  Letter letter;
  letter.from = *parse_address("Monitron <no-reply@example.com>");
  letter.to = *parse_address("\"Team Süd\" <ops@example.com>");
  letter.subject = subject;
  letter.text = "Grüße\n.\nfrom a line with a dot alone\n";
  letter.html = "<p>Grüße</p>";
  letter.message_id = message_id_of(subject, letter.from);
  letter.date = from_ms(1'700'000'000'000);
  return letter;
}

Server open_server(const MailSink& sink) {
  return {.host = "127.0.0.1",
          .port = sink.port(),
          .encryption = Encryption::none,
          .ca_file = "",
          .user = "",
          .password = ""};
}

Server guarded_server(const MailSink& sink) {
  return {.host = "127.0.0.1",
          .port = sink.port(),
          .encryption = Encryption::starttls,
          .ca_file = sink.certificate(),
          .user = MailSink::kUser,
          .password = MailSink::kPassword};
}

// M-194, M-198.
TEST(Smtp, ALetterArrivesWhole) {
  const MailSink sink;
  auto letter = example("Störung: 100 % of everything that a very long subject can ever tell");
  letter.thread_id = "first@example.com";
  letter.files.push_back({"a.pdf", "application/pdf", std::string("\0\r\n.\r\n\xff", 7)});
  const auto sent = send(open_server(sink), letter);
  ASSERT_TRUE(sent) << sent.error().text;
  const auto seen = sink.letters();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0]["subject"], letter.subject);
  EXPECT_EQ(seen[0]["from"], "Monitron <no-reply@example.com>");
  EXPECT_EQ(seen[0]["to"], "Team Süd <ops@example.com>");
  EXPECT_EQ(seen[0]["text"], letter.text);
  EXPECT_EQ(seen[0]["html"], letter.html);
  EXPECT_EQ(seen[0]["message_id"], "<" + letter.message_id + ">");
  EXPECT_EQ(header_of(seen[0], "References"), "<first@example.com>");
  ASSERT_EQ(seen[0]["attachments"].size(), 1U);
  EXPECT_EQ(seen[0]["attachments"][0]["file_name"], "a.pdf");
  EXPECT_EQ(seen[0]["attachments"][0]["content_type"], "application/pdf");
  EXPECT_EQ(seen[0]["attachments"][0]["size_bytes"], 7);
}

// M-195, M-196, M-197.
TEST(Smtp, StarttlsAndLogin) {
  const MailSink sink(MailSink::Door::starttls_and_login);
  const auto sent = send(guarded_server(sink), example("guarded"));
  ASSERT_TRUE(sent) << sent.error().text;
  EXPECT_EQ(sink.letters("guarded").size(), 1U);
}

// M-195.
TEST(Smtp, TlsFromTheFirstByte) {
  const MailSink sink(MailSink::Door::tls_and_login);
  auto server = guarded_server(sink);
  server.encryption = Encryption::tls;
  const auto sent = send(server, example("guarded"));
  ASSERT_TRUE(sent) << sent.error().text;
  server.ca_file.clear();
  const auto refused = send(server, example("not trusted"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::unavailable);
  EXPECT_EQ(sink.letters().size(), 1U);
}

// Nothing is wrong with the letter: it waits until the settings are right.
TEST(Smtp, TroubleWithTheWayIsTemporary) {
  const MailSink guarded(MailSink::Door::starttls_and_login);
  const MailSink open;
  auto wrong_password = guarded_server(guarded);
  wrong_password.password = "another";
  auto not_trusted = guarded_server(guarded);
  not_trusted.ca_file.clear();
  auto another_host = guarded_server(guarded);
  another_host.host = "localhost";  // the certificate is for 127.0.0.1
  auto in_clear = guarded_server(guarded);
  in_clear.encryption = Encryption::none;
  auto no_starttls = open_server(open);
  no_starttls.encryption = Encryption::starttls;
  auto nobody_there = open_server(open);
  nobody_there.port = 9;  // discard
  for (const auto& server :
       {wrong_password, not_trusted, another_host, in_clear, no_starttls, nobody_there}) {
    const auto sent = send(server, example("never"));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().fault, Fault::unavailable) << sent.error().text;
    EXPECT_EQ(sent.error().text.find("another"), std::string::npos);  // the password is not told
  }
  EXPECT_TRUE(guarded.letters().empty());
  EXPECT_TRUE(open.letters().empty());
}

TEST(Smtp, ARefusedLetterIsRefusedForGood) {
  const MailSink sink;  // takes 32 MB
  auto letter = example("too big");
  letter.files.push_back({"big", "application/octet-stream", std::string(30u << 20, 'x')});
  const auto sent = send(open_server(sink), letter);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::invalid) << sent.error().text;
  EXPECT_TRUE(sink.letters().empty());
}

}  // namespace
}  // namespace monitron::mail
