// The words before TLS, and servers that speak them.

#include "probe/starttls.hpp"

#include "tls_server.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const std::string kLdapRequest = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"s + "1.3.6.1.4.1.1466.20037";
const std::string kLdapGood = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"s;
const std::string kLdapBad = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"s;
const std::string kPostgresRequest = "\0\0\0\x08\x04\xd2\x16\x2f"s;

// As MariaDB 10.11 greets; the flag of TLS is in the upper of the two bytes.
std::string mysql_greeting(bool tls) {
  std::string content =
      "\x0a"
      "10.11.6-MariaDB\0"s +
      "\x05\0\0\0"s + "saltsalt\0"s;
  content += tls ? "\xfe\xff"s : "\xfe\xf7"s;
  content += "\x2d\x02\0\xff\x81\x15"s + std::string(10, '\0') + "moresaltmore\0"s +
             "mysql_native_password\0"s;
  return std::string{static_cast<char>(content.size()), 0, 0, 0} + content;
}

// One side of a conversation: what is heard, and what must be said to it.
struct Line {
  std::string heard;
  std::string said;
};

struct Words {
  const char* protocol;
  std::string first;  // what the client says before it is spoken to
  std::vector<Line> lines;
};

const std::vector<Words>& conversations() {
  static const std::vector<Words> kAll{
      {"smtp",
       "",
       {{"220-mail.example\r\n220 ready\r\n", "EHLO monitron\r\n"},
        {"250-mail.example\r\n250-STARTTLS\r\n250 8BITMIME\r\n", "STARTTLS\r\n"},
        {"220 go on\r\n", ""}}},
      {"imap", "", {{"* OK ready\r\n", "a STARTTLS\r\n"}, {"* NO wait\r\na OK begin\r\n", ""}}},
      {"pop3", "", {{"+OK ready\r\n", "STLS\r\n"}, {"+OK begin\r\n", ""}}},
      {"ftp",
       "",
       {{"220-hello\r\n 220 more\r\n220 ready\r\n", "AUTH TLS\r\n"}, {"234 begin\r\n", ""}}},
      {"ldap", kLdapRequest, {{kLdapGood, ""}}},
      {"postgresql", kPostgresRequest, {{"S", ""}}},
      {"mysql", "", {{mysql_greeting(true), "\x20\0\0\x01\x00\x8a\x08\x00"s}}},
  };
  return kAll;
}

std::string refusal_of(const char* protocol, const std::string& heard) {
  const auto words = StartTls::of(protocol);
  words->begin();
  return words->take(heard).refusal;
}

std::string read_until(int fd, const std::string& end) {
  std::string text;
  char byte = 0;
  while (!text.ends_with(end) && read(fd, &byte, 1) == 1) text += byte;
  return text;
}

// Speaks the words as a server, then TLS.
std::function<void(int)> server_of(const Words& words, const TlsManner& manner, std::string* left) {
  return [&words, manner, left](int fd) {
    if (!words.first.empty()) {
      EXPECT_EQ(read_until(fd, words.first), words.first);
    }
    for (const auto& line : words.lines) {
      write_all(fd, line.heard);
      if (words.protocol == "mysql"s) {
        std::string request(36, '\0');
        EXPECT_EQ(recv(fd, request.data(), request.size(), MSG_WAITALL), 36);
        EXPECT_TRUE(request.starts_with(line.said));
      } else if (!line.said.empty()) {
        EXPECT_EQ(read_until(fd, line.said), line.said);
      }
    }
    serve_tls(fd, manner, [&](const std::string& received) {
      *left += received;
      // A server that wants another way to log in, and then refuses.
      const bool login = received.find("monitron") != std::string::npos;
      if (words.protocol == "mysql"s && login) return "\x01\0\0\x03\xfe"s;
      if (words.protocol == "mysql"s) return "\x09\0\0\x05\xff\x15\x04#28000"s;
      return ""s;
    });
  };
}

}  // namespace

TEST(StartTlsWords, EachProtocolComesToTlsHoweverItsBytesArrive) {
  for (const auto& words : conversations()) {
    for (const std::size_t piece : {1U, 3U, 10'000U}) {
      const auto client = StartTls::of(words.protocol);
      ASSERT_TRUE(client) << words.protocol;
      EXPECT_EQ(client->begin().to_send, words.first);
      bool done = false;
      for (const auto& line : words.lines) {
        std::string said;
        for (std::size_t i = 0; i < line.heard.size(); i += piece) {
          const auto step = client->take(line.heard.substr(i, piece));
          EXPECT_EQ(step.refusal, "") << words.protocol;
          EXPECT_FALSE(done) << words.protocol;
          said += step.to_send;
          done = step.done;
        }
        EXPECT_EQ(said.substr(0, line.said.size()), line.said) << words.protocol;
      }
      EXPECT_TRUE(done) << words.protocol << " in pieces of " << piece;
    }
  }
  EXPECT_FALSE(StartTls::of("none"));
}

TEST(StartTlsWords, RefusalsSayWhy) {
  EXPECT_EQ(refusal_of("smtp", "554 no service\r\n"), "the server says: 554 no service");
  EXPECT_EQ(refusal_of("imap", "* BYE full\r\n"), "the server says: * BYE full");
  EXPECT_EQ(refusal_of("pop3", "-ERR down\r\n"), "the server says: -ERR down");
  EXPECT_EQ(refusal_of("ftp", "421 later\r\n"), "the server says: 421 later");
  EXPECT_EQ(refusal_of("ldap", kLdapBad), "the server refuses StartTLS with LDAP result 2");
  EXPECT_EQ(refusal_of("ldap", "SSH-2.0-x\r\n"), "the server does not speak LDAP");
  EXPECT_EQ(refusal_of("postgresql", "N"), "the server does not offer TLS");
  EXPECT_EQ(refusal_of("postgresql", "H"), "the server does not speak PostgreSQL");
  EXPECT_EQ(refusal_of("mysql", mysql_greeting(false)), "the server does not offer TLS");
  EXPECT_EQ(refusal_of("mysql", "\x0b\0\0\0\xff\x69\x04 blocked"s), "the server refuses:  blocked");
  const auto smtp = StartTls::of("smtp");
  smtp->take("220 x\r\n");
  EXPECT_EQ(smtp->take("250-x\r\n250 HELP\r\n").refusal, "the server does not offer STARTTLS");
}

// What comes in the same breath as the last plain word would be taken for words inside TLS.
TEST(StartTlsWords, NothingMayFollowTheLastPlainWord) {
  for (const auto& words : conversations()) {
    const auto client = StartTls::of(words.protocol);
    client->begin();
    StartTls::Step step;
    for (const auto& line : words.lines) {
      step = client->take(line.heard + (&line == &words.lines.back() ? "x" : ""));
    }
    EXPECT_FALSE(step.done) << words.protocol;
    EXPECT_EQ(step.refusal, "the server speaks on before TLS") << words.protocol;
  }
}

TEST(StartTlsWords, AnAnswerWithoutAnEndIsGivenUp) {
  for (const char* protocol : {"smtp", "imap", "pop3", "ftp", "mysql"}) {
    const auto client = StartTls::of(protocol);
    std::string refusal;
    for (int i = 0; i < 1000 && refusal.empty(); ++i) {
      refusal = client->take(std::string(100, '\x7f')).refusal;
    }
    EXPECT_NE(refusal, "") << protocol;
  }
}

RC_GTEST_PROP(StartTlsWords, HostileBytesEndOrWait, (const std::vector<std::string>& pieces)) {
  for (const auto& words : conversations()) {
    const auto client = StartTls::of(words.protocol);
    client->begin();
    // So that bytes get past the first turn, too.
    if (pieces.size() % 2 == 0) client->take(words.lines.front().heard);
    for (const auto& piece : pieces) {
      const auto step = client->take(piece);
      if (step.done || !step.refusal.empty()) break;
    }
    client->leave();
    for (const auto& piece : pieces) client->take_leave(piece);
  }
}

// M-030, M-127.
TEST(StartTlsProbe, CertificatesAreSeenBehindEveryProtocol) {
  const Keys authority = make_keys("Test CA", -1, 400);
  EngineSettings::Wishes wishes;
  wishes.ca_file = write_file("starttls_ca.pem", authority.certificate_pem);
  const TlsManner good{make_keys("127.0.0.1", -1, 100, &authority)};
  const TlsManner self_signed{make_keys("127.0.0.1", -1, 100)};
  for (const auto& words : conversations()) {
    std::string left;
    {
      const Target target(server_of(words, good, &left));
      auto check = check_of(CheckKind::tls, "127.0.0.1:" + std::to_string(target.port()));
      check.use<domain::TlsSettings>().starttls = words.protocol;
      const auto outcome = run_once(check, wishes);
      EXPECT_EQ(outcome.status, CheckStatus::up) << words.protocol << ": " << outcome.reason;
      EXPECT_EQ(outcome.details.at("certificate_common_name"), "127.0.0.1");
    }
    if (words.protocol == "smtp"s) {
      EXPECT_EQ(left, "QUIT\r\n");
    }
    if (words.protocol == "mysql"s) {
      EXPECT_NE(left.find("monitron"), std::string::npos);
    }
    left.clear();
    {
      const Target target(server_of(words, self_signed, &left));
      auto check = check_of(CheckKind::tcp, "127.0.0.1:" + std::to_string(target.port()));
      check.use<domain::TcpSettings>().starttls = words.protocol;
      const auto outcome = run_once(check, wishes);
      EXPECT_EQ(outcome.status, CheckStatus::down) << words.protocol;
      EXPECT_EQ(outcome.details.at("certificate_problems"), "self_signed") << words.protocol;
    }
    if (words.protocol == "mysql"s) {
      EXPECT_NE(left.find("monitron"), std::string::npos) << "leaves in peace even so";
    }
  }
}

TEST(StartTlsProbe, AServerThatClosesOrFallsSilentIsDownByName) {
  auto check = check_of(CheckKind::tls, "", 300ms);
  check.use<domain::TlsSettings>().starttls = "smtp";
  {
    const Target closing([](int fd) { write_all(fd, "220 x\r\n"), read_until(fd, "\r\n"); });
    check.target = "127.0.0.1:" + std::to_string(closing.port());
    const auto outcome = run_once(check);
    EXPECT_EQ(outcome.status, CheckStatus::down);
    EXPECT_EQ(outcome.reason, "STARTTLS of smtp: connection closed");
  }
  const Target silent([](int fd) { read_until(fd, "never"); });
  check.target = "127.0.0.1:" + std::to_string(silent.port());
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.reason, "no answer within 300 ms (STARTTLS of smtp)");
}

}  // namespace monitron::probe
