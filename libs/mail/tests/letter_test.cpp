// Letters as they are sent; what comes from outside makes no header of its own (S11).

#include "mail/letter.hpp"

#include <gtest/gtest.h>

namespace monitron::mail {
namespace {

// M-198.
TEST(Address, ReadsBothForms) {
  EXPECT_EQ(parse_address("ops@example.com")->mailbox, "ops@example.com");
  const auto named = parse_address("\"Team Süd\" <ops@example.com>");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->name, "Team Süd");
  EXPECT_EQ(named->domain(), "example.com");
}

TEST(Address, RefusesWhatIsNone) {
  for (const char* text :
       {"", "ops", "@b", "a@", "a b@c", "a@b\r\nBcc: c@d", "x <a@b\n>", "a@b>"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
}

// S-11.
TEST(Letter, NoInputBecomesAHeader) {
  Letter letter;
  letter.from = *parse_address("Monitron <m@example.com>");
  letter.to = {"Eve\r\nBcc: all@example.com", "eve@example.com"};
  letter.subject = "down\r\nBcc: all@example.com\r\n\r\nbody";
  letter.message_id = "1@example.com";
  letter.thread_id = "0@example.com";
  const auto headers = headers_of(letter);
  EXPECT_EQ(headers.size(), 8u);
  for (const auto& header : headers) {
    EXPECT_EQ(header.find('\n'), std::string::npos) << header;
    EXPECT_NE(header.substr(0, 4), "Bcc:");
  }
}

TEST(Letter, LongSubjectsAreSplitBetweenCharacters) {
  std::string subject;
  for (int i = 0; i < 60; ++i) subject += "ü€";
  const auto words = encoded_words(subject);
  std::size_t line = 0;
  for (const char c : words) {
    line = c == '\n' ? 0 : line + 1;
    EXPECT_LE(line, 76u);
  }
  EXPECT_EQ(encoded_words("plain"), "plain");
}

TEST(Letter, TheSameDeliveryHasTheSameId) {
  const auto from = *parse_address("m@example.com");
  EXPECT_EQ(message_id_of("a", from), message_id_of("a", from));
  EXPECT_NE(message_id_of("a", from), message_id_of("b", from));
  EXPECT_TRUE(message_id_of("a", from).ends_with("@example.com"));
}

}  // namespace
}  // namespace monitron::mail
