// What may become of a check of any database or queue, whatever it speaks.

#include "target.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::chrono_literals;

namespace {

class EveryService : public testing::TestWithParam<CheckKind> {
 protected:
  static domain::CheckDefinition check(int port, std::chrono::milliseconds timeout = 3000ms) {
    return check_of(GetParam(), "127.0.0.1:" + std::to_string(port), timeout);
  }
};

int closed_port() {
  const Target gone([](int) {});
  return gone.port();
}

void encrypt(domain::CheckDefinition& check) {
  std::visit(
      [](auto& settings) {
        if constexpr (requires { settings.use_tls; }) settings.use_tls = true;
      },
      check.settings);
}

}  // namespace

TEST_P(EveryService, RefusedIsDown) {
  const auto outcome = run_once(check(closed_port()));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("refused"), std::string::npos) << outcome.reason;
}

TEST_P(EveryService, ResetInTheMiddleIsDown) {
  const Target target([](int fd) {
    const linger at_once{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  });
  const auto outcome = run_once(check(target.port()));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("reset"), std::string::npos) << outcome.reason;
}

TEST_P(EveryService, ClosedInTheMiddleIsDown) {
  const Target target([](int fd) { shutdown(fd, SHUT_WR); });
  const auto outcome = run_once(check(target.port()));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("closed"), std::string::npos) << outcome.reason;
}

TEST_P(EveryService, AnotherServiceIsDown) {
  for (const char* banner : {"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
                             "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
                             "220 mail.example ESMTP Postfix (Debian/GNU) at your service\r\n"}) {
    const Target target([&](int fd) {
      write_all(fd, banner);
      read_head(fd);
    });
    const auto outcome = run_once(check(target.port(), 800ms));
    EXPECT_EQ(outcome.status, CheckStatus::down) << banner;
  }
}

TEST_P(EveryService, ASilentOneIsDownWhenTheTimeIsOver) {
  const Target target([](int fd) { read_head(fd); });
  const auto outcome = run_once(check(target.port(), 200ms));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("no answer within 200 ms"), std::string::npos) << outcome.reason;
  EXPECT_GE(outcome.duration, 200ms);
}

// PostgreSQL and MySQL come to TLS by words of their own: see below, and the real MariaDB's test.
class EveryTlsService : public EveryService {};
TEST_P(EveryTlsService, AWrongCertificateIsDown) {
  const Target target(answering_tls(make_keys("127.0.0.1", -1, 100), ""));
  auto encrypted = check(target.port());
  encrypt(encrypted);
  const auto outcome = run_once(encrypted);
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("certificate"), std::string::npos) << outcome.reason;
}

std::string name_of(const testing::TestParamInfo<CheckKind>& one) {
  return std::string(to_string(one.param));
}

INSTANTIATE_TEST_SUITE_P(Services, EveryTlsService,
                         testing::Values(CheckKind::redis, CheckKind::mongodb, CheckKind::rabbitmq,
                                         CheckKind::kafka),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Services, EveryService,
                         testing::Values(CheckKind::postgresql, CheckKind::mysql, CheckKind::redis,
                                         CheckKind::mongodb, CheckKind::rabbitmq, CheckKind::kafka),
                         name_of);

// PostgreSQL's way to TLS: one byte of consent, then the handshake.
TEST(ServiceProbe, PostgresqlComesToTlsByItsOwnWord) {
  const Keys authority = make_keys("Test CA", -1, 400);
  const Keys keys = make_keys("127.0.0.1", -1, 100, &authority);
  const std::string wants_scram("R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", 24);
  const Target target([&](int fd) {
    char request[8];
    if (recv(fd, request, sizeof(request), MSG_WAITALL) == 8) write_all(fd, "S");
    answering_tls(keys, wants_scram)(fd);
  });
  auto check = check_of(CheckKind::postgresql, "127.0.0.1:" + std::to_string(target.port()));
  auto& settings = check.use<domain::PostgresqlSettings>();
  settings.use_tls = true;
  const auto distrusted = run_once(check);
  EXPECT_EQ(distrusted.status, CheckStatus::down);
  EXPECT_NE(distrusted.reason.find("certificate"), std::string::npos) << distrusted.reason;
  settings.tls.ca_certificate = authority.certificate_pem;
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(outcome.phases.tls.has_value());
  EXPECT_EQ(outcome.details.at("certificate_common_name"), "127.0.0.1");
}

// A service that was told a password may tell it back.
TEST(ServiceProbe, PasswordsThatComeBackAreHidden) {
  const Target target([](int fd) {
    char request[4096];
    if (recv(fd, request, sizeof(request), 0) > 0) write_all(fd, "-ERR is sesame your word?\r\n");
  });
  auto check = check_of(CheckKind::redis, "127.0.0.1:" + std::to_string(target.port()));
  check.use<domain::RedisSettings>().password.text = "sesame";
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.reason, "login: ERR is *** your word?");
  for (const auto& [name, text] : outcome.details) {
    EXPECT_EQ(text.find("sesame"), std::string::npos) << name;
  }
}

}  // namespace monitron::probe
