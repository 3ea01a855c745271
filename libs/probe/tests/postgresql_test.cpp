// PostgreSQL's messages, and servers that do not keep to them.

#include "conversations.hpp"
#include "probe/postgresql_messages.hpp"
#include "probe/scram.hpp"

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::string_literals;

namespace {

using postgresql::message;

std::string wish(std::uint32_t method, std::string_view data = {}) {
  std::string body;
  append_big(body, method);
  return message('R', body.append(data));
}

std::string error(const std::string& code, const std::string& text) {
  return message('E', "SFATAL\0C"s + code + '\0' + "M" + text + '\0' + '\0');
}

std::string row(const std::string& value) {
  std::string body;
  append_big(body, std::uint16_t{1});
  append_big(body, static_cast<std::uint32_t>(value.size()));
  return message('D', body + value);
}

domain::CheckDefinition check(const std::string& user = {}, const std::string& query = {}) {
  auto made = check_of(CheckKind::postgresql, "127.0.0.1:1");
  auto& settings = made.use<domain::PostgresqlSettings>();
  settings.username = user;
  settings.password.text = "pencil";
  settings.query = query;
  return made;
}

const std::string kReady = message('Z', "I");

}  // namespace

// The example of RFC 7677, section 3.
TEST(Scram, SaysWhatTheRfcSays) {
  ScramClient client("user", "pencil", "rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(client.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  const auto answer = client.answer(
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  ASSERT_TRUE(answer.has_value()) << answer.error().text;
  EXPECT_EQ(*answer,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_TRUE(client.proven_by("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  EXPECT_FALSE(client.proven_by("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5="));
  EXPECT_FALSE(client.proven_by("e=other-error"));
}

// The same exchange with the longer hash, as another implementation (Python's hashlib) reckons it.
TEST(Scram, SaysTheSameWithSha512) {
  ScramClient client("user", "pencil", "rOprNGfwEbeRWgbNEkqO", ScramHash::sha512);
  const auto answer = client.answer(
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  ASSERT_TRUE(answer.has_value()) << answer.error().text;
  EXPECT_EQ(
      *answer,
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
      "p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==");
  EXPECT_TRUE(
      client.proven_by("v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq"
                       "199RVG2rR7N7Zw=="));
}

TEST(Scram, RefusesTooMuchWorkAndForeignNonces) {
  for (const char* first :
       {"r=abcd,s=QSXCR+Q6sek8bf92,i=2000000000", "r=abc,s=QSXCR+Q6sek8bf92,i=4096",
        "r=zzzd,s=QSXCR+Q6sek8bf92,i=4096", "r=abcd,s=,i=4096", "r=abcd,s=QSXC,i=-1",
        "r=abcd,s=QSXC", "m=x,r=abcd,s=QSXC,i=1", "e=invalid", ""}) {
    ScramClient client("user", "pencil", "abc");
    EXPECT_FALSE(client.answer(first).has_value()) << first;
    EXPECT_FALSE(client.proven_by("v="));
  }
}

// C-001. Without a login: a wish for a password is life, and is left without a word, because any
// word but a password would be logged as a mistake.
TEST(PostgresqlConversation, AWishForAPasswordIsLife) {
  const auto talk = Talker(check()).hear(wish(10, "SCRAM-SHA-256\0\0"s)).talk();
  EXPECT_EQ(talk.verdict, CheckStatus::up);
  EXPECT_EQ(talk.said,
            postgresql::startup({{"user", "monitron"}, {"application_name", "monitron"}}));
  const auto trusted = Talker(check()).hear(wish(0)).talk();
  EXPECT_EQ(trusted.verdict, CheckStatus::up);
  EXPECT_TRUE(trusted.said.ends_with(postgresql::terminate()));
}

TEST(PostgresqlConversation, RefusalsOfUsAreLifeAndOfEverybodyAreNot) {
  for (const char* code : {"28000", "28P01", "3D000", "0A000", "08P01"}) {
    const auto talk = Talker(check()).hear(error(code, "no entry")).talk();
    EXPECT_EQ(talk.verdict, CheckStatus::up) << code;
    EXPECT_EQ(talk.details.at("server_message"), "no entry (" + std::string(code) + ")");
  }
  for (const char* code : {"57P03", "53300", "57P01", "58000", "XX000"}) {
    const auto talk = Talker(check()).hear(error(code, "no")).talk();
    EXPECT_EQ(talk.verdict, CheckStatus::down) << code;
    EXPECT_EQ(talk.reason, "no (" + std::string(code) + ")");
  }
  const auto fork = Talker(check()).hear("Ecould not fork new process\n\0"s).talk();
  EXPECT_EQ(fork.verdict, CheckStatus::down);
  EXPECT_NE(fork.reason.find("could not fork"), std::string::npos);
}

TEST(PostgresqlConversation, PasswordsTravelHashedOrEncryptedOnly) {
  const auto hashed = Talker(check("user")).hear(wish(5, "salt")).talk();
  EXPECT_NE(hashed.said.find(postgresql::md5_answer("user", "pencil", "salt")), std::string::npos);
  EXPECT_EQ(hashed.said.find("pencil"), std::string::npos);
  const auto plain = Talker(check("user")).hear(wish(3)).talk();
  EXPECT_EQ(plain.verdict, CheckStatus::unknown);
  EXPECT_EQ(plain.said.find("pencil"), std::string::npos);
  auto encrypted = check("user");
  encrypted.use<domain::PostgresqlSettings>().use_tls = true;
  const auto sent = Talker(encrypted).hear("S").hear(wish(3)).talk();
  EXPECT_NE(sent.said.find("pencil"), std::string::npos);
  for (const std::uint32_t method : {2U, 7U, 9U}) {
    EXPECT_EQ(Talker(check("user")).hear(wish(method)).talk().verdict, CheckStatus::unknown);
  }
}

// Whoever stands between could have said the rest.
TEST(PostgresqlConversation, NothingIsBelievedThatCameBeforeTls) {
  auto encrypted = check("user");
  encrypted.use<domain::PostgresqlSettings>().use_tls = true;
  EXPECT_EQ(Talker(encrypted).hear("S" + wish(0) + kReady).talk().verdict, CheckStatus::down);
  EXPECT_EQ(Talker(encrypted).hear("N").talk().reason, "the server offers no TLS");
}

TEST(PostgresqlConversation, AServerThatSkipsItsProofIsAnImpostor) {
  Talker talker(check("user"));
  talker.hear(wish(10, "SCRAM-SHA-256\0\0"s)).hear(wish(0));
  EXPECT_EQ(talker.talk().verdict, CheckStatus::down);
}

TEST(PostgresqlConversation, AQueryBringsItsFirstValue) {
  auto asking = check("user", "SELECT 42");
  asking.use<domain::PostgresqlSettings>().expected = "^4[0-9]$";
  Talker talker(asking);
  talker.hear(wish(0) +
              message('S',
                      "server_version\0"
                      "15.6\0"s) +
              kReady);
  EXPECT_TRUE(talker.talk().said.ends_with(postgresql::query("SELECT 42")));
  EXPECT_NE(talker.talk().said.find("default_transaction_read_only\0on"s), std::string::npos);
  EXPECT_NE(talker.talk().said.find("statement_timeout"), std::string::npos);
  const auto talk =
      talker.hear(row("42") + row("43") + message('C', "SELECT 2\0"s) + kReady).talk();
  EXPECT_EQ(talk.verdict, CheckStatus::up) << talk.reason;
  EXPECT_EQ(talk.value("probe_postgresql_query_rows"), 2);
  EXPECT_EQ(talk.value("probe_postgresql_query_value"), 42);
  EXPECT_GE(talk.value("probe_postgresql_query_seconds"), 0);
  EXPECT_EQ(talk.details.at("server_version"), "15.6");
  Talker other(asking);
  const auto wrong = other.hear(wish(0) + kReady).hear(row("7") + kReady).talk();
  EXPECT_EQ(wrong.verdict, CheckStatus::down);
  EXPECT_NE(wrong.reason.find("'7'"), std::string::npos) << wrong.reason;
}

RC_GTEST_PROP(PostgresqlConversation, HostileServersDoNoHarm, ()) {
  auto hostile = check(*rc::gen::element<std::string>("", "user"), "SELECT 1");
  hostile.use<domain::PostgresqlSettings>().use_tls = *rc::gen::arbitrary<bool>();
  expect_no_harm_from(hostile,
                      {wish(0), wish(3), wish(5, "salt"), wish(10, "SCRAM-SHA-256\0\0"s),
                       wish(11, "r=a,s=QSXC,i=1"), wish(12, "v=x"), kReady, row("1"), "S", "N",
                       error("53300", "x"), message('S', "server_version\0"s), message('D', "")});
}

}  // namespace monitron::probe
