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

// PostgreSQL and MySQL say something in plain text first: theirs is in the tests of the servers.
TEST_P(EveryService, AWrongCertificateIsDown) {
  if (GetParam() == CheckKind::postgresql || GetParam() == CheckKind::mysql) GTEST_SKIP();
  const Target target(answering_tls(make_keys("127.0.0.1", -1, 100), ""));
  auto encrypted = check(target.port());
  encrypt(encrypted);
  const auto outcome = run_once(encrypted);
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("certificate"), std::string::npos) << outcome.reason;
}

INSTANTIATE_TEST_SUITE_P(Services, EveryService,
                         testing::Values(CheckKind::postgresql, CheckKind::mysql, CheckKind::redis,
                                         CheckKind::mongodb, CheckKind::rabbitmq, CheckKind::kafka),
                         [](const auto& one) { return std::string(to_string(one.param)); });

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
