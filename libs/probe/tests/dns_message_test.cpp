// DNS messages as bytes: what is written, what is read, and what hostile bytes do.

#include "probe/dns_message.hpp"

#include "name_server.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::probe {

namespace {

std::string query_for(const std::string& name, const char* type) {
  return encode_dns_query({0x1234, name, dns_type_of(type)}).value();
}

std::string text_of(const char* type, const std::string& data) {
  const auto message = decode_dns_answer(
      dns_reply(query_for("example.test", type), 0, {dns_record(dns_type_of(type), data)}));
  return message && message->answers.size() == 1 ? message->answers[0].text
                                                 : "bad: " + message.error().text;
}

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

const std::string kMail = std::string("\4mail") + "\xc0\x0c";  // mail.example.test, compressed

}  // namespace

TEST(DnsMessage, AQuestionHasItsNameAndAsksForEdns) {
  const std::string query = query_for("www.Example.test.", "AAAA");
  EXPECT_EQ(query.substr(12, 18), std::string("\3www\7Example\4test\0", 18));
  EXPECT_EQ(query.substr(30, 4), std::string("\0\x1c\0\1", 4));
  EXPECT_EQ(query.size(), 34U + 11U);
  EXPECT_FALSE(encode_dns_query({1, "a..b", 1}));
  EXPECT_FALSE(encode_dns_query({1, std::string(64, 'a') + ".test", 1}));
  EXPECT_FALSE(encode_dns_query({1, std::string(300, 'a'), 1}));
}

TEST(DnsMessage, EveryTypeOfRecordHasItsUsualText) {
  EXPECT_EQ(text_of("A", bytes({192, 0, 2, 1})), "192.0.2.1");
  EXPECT_EQ(text_of("AAAA", bytes({0x20, 1, 0xd, 0xb8}) + std::string(11, '\0') + "\1"),
            "2001:db8::1");
  EXPECT_EQ(text_of("CNAME", std::string("\3WWW") + "\xc0\x0c"), "www.example.test");
  EXPECT_EQ(text_of("MX", bytes({0, 10}) + kMail), "10 mail.example.test");
  EXPECT_EQ(text_of("TXT", "\3one\4 two"), "one two");
  EXPECT_EQ(text_of("SRV", bytes({0, 1, 0, 5, 0x13, 0xc4}) + kMail), "1 5 5060 mail.example.test");
  EXPECT_EQ(text_of("CAA", bytes({0, 5}) + "issueca.example"), "0 issue \"ca.example\"");
  EXPECT_EQ(text_of("SOA", kMail + "\4host\xc0\x0c" +
                               bytes({0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5})),
            "mail.example.test host.example.test 1 2 3 4 5");
}

TEST(DnsMessage, NoByteOfANameOrTextPretendsToBeAnother) {
  EXPECT_EQ(text_of("NS", bytes({4, 'a', '.', 'b', '\n', 0})), "a\\.b\\010");
  EXPECT_EQ(text_of("TXT", "\3a\nb"), "a\\010b");
  EXPECT_EQ(text_of("TXT", "\2\xc3\xa4"), "\xc3\xa4");
  EXPECT_EQ(text_of("TXT", "\1\xc3"), "\\195");
}

TEST(DnsMessage, PointersOnlyLeadBackwards) {
  // To itself, forwards, and two that point to each other.
  EXPECT_TRUE(text_of("NS", bytes({0xc0, 42})).starts_with("bad"));
  EXPECT_TRUE(text_of("NS", bytes({0xc0, 200})).starts_with("bad"));
  EXPECT_TRUE(text_of("NS", bytes({1, 'a', 0xc0, 42})).starts_with("bad"));
  EXPECT_TRUE(text_of("NS", bytes({0x80, 0})).starts_with("bad"));
  EXPECT_TRUE(text_of("A", bytes({1, 2, 3})).starts_with("bad"));
  EXPECT_TRUE(text_of("A", bytes({1, 2, 3, 4, 5})).starts_with("bad"));
  EXPECT_TRUE(text_of("TXT", bytes({9, 'a'})).starts_with("bad"));
}

TEST(DnsMessage, OnlyTheSameIdAndTheSameQuestionInTheSameCaseIsAnAnswer) {
  const std::string query = query_for("wWw.example.test", "A");
  const std::string reply = dns_reply(query, 0, {dns_a("192.0.2.1")});
  EXPECT_TRUE(answers_dns_query(query, reply));
  EXPECT_FALSE(answers_dns_query(query_for("www.example.test", "A"), reply));
  EXPECT_TRUE(answers_dns_query(query_for("www.example.test", "A"), reply, true));
  EXPECT_FALSE(answers_dns_query(query_for("www.example.test", "AAAA"), reply, true));
  EXPECT_FALSE(answers_dns_query(query_for("wwv.example.test", "A"), reply, true));
  EXPECT_FALSE(answers_dns_query(query_for("wWw.example.test", "AAAA"), reply));
  std::string other = reply;
  other[1] ^= 1;
  EXPECT_FALSE(answers_dns_query(query, other));
  for (std::size_t size = 0; size < query.size() - 11; ++size) {
    EXPECT_FALSE(answers_dns_query(query, reply.substr(0, size)));
  }
}

TEST(DnsMessage, WhatAPersonWritesIsBroughtIntoTheSameForm) {
  const auto canonical = [](const char* type, const char* text) {
    return canonical_dns_text(dns_type_of(type), text);
  };
  EXPECT_EQ(canonical("MX", " 10   Mail.Example.TEST. "), "10 mail.example.test");
  EXPECT_EQ(canonical("TXT", "\"v=spf1 \" \"-all\""), "v=spf1 -all");
  EXPECT_EQ(canonical("TXT", "\"a\\\"b\\;\""), "a\"b;");
  EXPECT_EQ(canonical("TXT", "Plain Text"), "Plain Text");
  EXPECT_EQ(canonical("AAAA", "2001:DB8:0::1"), "2001:db8::1");
  EXPECT_EQ(canonical("CAA", "0 ISSUE \"CA.example; a=B\""), "0 issue \"CA.example; a=B\"");
  EXPECT_EQ(canonical("CAA", "0 issue ca.example"), "0 issue \"ca.example\"");
  EXPECT_EQ(canonical("MX", "0 ."), "0 .");
}

TEST(DnsMessage, ReverseNames) {
  EXPECT_EQ(dns_reverse_name("192.0.2.1").value(), "1.2.0.192.in-addr.arpa");
  EXPECT_TRUE(dns_reverse_name("2001:db8::1").value().starts_with("1.0.0.0.0.0"));
  EXPECT_TRUE(dns_reverse_name("2001:db8::1").value().ends_with("8.b.d.0.1.0.0.2.ip6.arpa"));
  EXPECT_FALSE(dns_reverse_name("example.test"));
}

RC_GTEST_PROP(DnsMessage, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  const auto message = decode_dns_answer(bytes);
  RC_ASSERT(message.has_value() || message.error().fault == Fault::invalid);
  (void)answers_dns_query(query_for("example.test", "A"), bytes);
}

// An answer with some bytes changed, cut or added: what is read stays within what was sent.
RC_GTEST_PROP(DnsMessage, SpoiltAnswersAreReadOrRefused, ()) {
  std::string reply = dns_reply(query_for("example.test", "MX"), 0,
                                {dns_record(15, bytes({0, 10}) + kMail), dns_a("192.0.2.1"),
                                 dns_record(16, "\3one\3two"), dns_record(6, kMail + kMail)});
  const int changes = *rc::gen::inRange(1, 8);
  for (int i = 0; i < changes; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(2, reply.size());
    reply[at] = *rc::gen::arbitrary<char>();
  }
  reply.resize(*rc::gen::inRange<std::size_t>(0, reply.size() + 20), '\xc0');
  const auto message = decode_dns_answer(reply);
  if (!message) return;
  std::size_t size = 0;
  for (const auto& record : message->answers) {
    RC_ASSERT(record.name.size() <= 4 * 255U);
    size += record.text.size();
    RC_ASSERT(record.text.find('\n') == std::string::npos);
  }
  RC_ASSERT(size <= std::size_t(8) * 255 * (message->answers.size() + 1));
}

}  // namespace monitron::probe
