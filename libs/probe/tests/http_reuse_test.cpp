// Connections that a check keeps between its runs.

#include "target.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using domain::HttpSettings;
using namespace std::chrono_literals;

namespace {

constexpr const char* kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

// Runs one check again and again on one engine.
class Runs {
 public:
  explicit Runs(const EngineSettings::Wishes& wishes = {})
      : engine_(std::make_unique<Engine>(loop_, EngineSettings::make(wishes).value())) {}

  domain::ProbeOutcome run(const domain::CheckDefinition& check) {
    domain::ProbeOutcome outcome;
    loop_.post([&] {
      engine_->start(check, [&](const domain::ProbeOutcome& found) {
        outcome = found;
        over_ = true;
      });
    });
    turn([&] { return over_; });
    over_ = false;
    return outcome;
  }

  // Lets the loop go on until it holds.
  void turn(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!holds() && std::chrono::steady_clock::now() < end) {
      uv_run(loop_.raw(), UV_RUN_ONCE);
    }
    EXPECT_TRUE(holds());
  }

  loop::Loop loop_;

 private:
  bool over_ = false;
  std::unique_ptr<Engine> engine_;
};

domain::CheckDefinition reusing(int port) {
  auto check = check_of(CheckKind::http, "http://127.0.0.1:" + std::to_string(port) + "/");
  check.use<HttpSettings>().reuse_connection = true;
  return check;
}

// Answers as often as it is asked on one connection, `times` at most.
std::function<void(int)> answering_often(std::string text, int times = 1000) {
  return [text = std::move(text), times](int fd) {
    for (int i = 0; i < times && !read_head(fd).empty(); ++i) write_all(fd, text);
  };
}

}  // namespace

TEST(HttpReuse, AConnectionIsKeptForTheNextRun) {
  const Target target(answering_often(kHello));
  Runs runs;
  const auto check = reusing(target.port());
  const auto first = runs.run(check);
  EXPECT_EQ(first.status, CheckStatus::up) << first.reason;
  EXPECT_TRUE(first.phases.connect);
  for (int i = 0; i < 5; ++i) {
    const auto next = runs.run(check);
    EXPECT_EQ(next.status, CheckStatus::up) << next.reason;
    EXPECT_FALSE(next.phases.connect);
    EXPECT_TRUE(next.phases.first_byte && next.phases.transfer);
    EXPECT_EQ(next.details.at("address"), "127.0.0.1");
    EXPECT_TRUE(next.details.contains("connection"));
  }
  EXPECT_EQ(target.accepted(), 1);
}

TEST(HttpReuse, NoOtherCheckUsesIt) {
  const Target target([](int fd) {
    read_head(fd);
    write_all(fd, kHello);
  });
  Runs runs;
  runs.run(reusing(target.port()));
  EXPECT_TRUE(runs.run(reusing(target.port())).phases.connect);
}

// Both ways of finding out: the server's FIN was seen meanwhile, or comes with the request.
TEST(HttpReuse, AConnectionThatTheServerGaveUpIsNoFailure) {
  const Target target(answering_often(kHello, 1));
  Runs runs;
  const auto check = reusing(target.port());
  for (int i = 0; i < 20; ++i) {
    const auto outcome = runs.run(check);
    EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  }
  EXPECT_EQ(target.accepted(), 20);
  const Target reset([](int fd) {
    read_head(fd);
    write_all(fd, kHello);
    read_head(fd);  // and goes away without an answer
    const linger now{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  });
  const auto other = reusing(reset.port());
  EXPECT_EQ(runs.run(other).status, CheckStatus::up);
  const auto again = runs.run(other);
  EXPECT_EQ(again.status, CheckStatus::up) << again.reason;
  EXPECT_EQ(reset.accepted(), 2);
  EXPECT_FALSE(again.details.contains("connection"));
}

TEST(HttpReuse, WhatTheServerWantsClosedOrSaysTooMuchIsNotKept) {
  for (const std::string text :
       {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more"}) {
    const Target target(answering(text));
    Runs runs;
    const auto check = reusing(target.port());
    EXPECT_EQ(runs.run(check).status, CheckStatus::up);
    EXPECT_TRUE(runs.run(check).phases.connect) << text;
  }
}

TEST(HttpReuse, AKeptConnectionEndsAfterTwoIntervals) {
  std::atomic<bool> ended = false;
  const Target target([&](int fd) {
    read_head(fd);
    write_all(fd, kHello);
    char byte = 0;
    ended = read(fd, &byte, 1) == 0;
  });
  Runs runs;
  auto check = reusing(target.port());
  check.interval = 1s;
  EXPECT_EQ(runs.run(check).status, CheckStatus::up);
  EXPECT_FALSE(ended);
  runs.turn([&] { return ended.load(); });
}

TEST(HttpReuse, TlsSessionsAreKeptAndChangedTermsAreNot) {
  const auto keys = make_keys("127.0.0.1", -1, 90);
  const Target target(answering_tls_often(keys, kHello));
  Runs runs;
  auto check = reusing(target.port());
  check.target.replace(0, 4, "https");
  check.use<HttpSettings>().tls.ca_certificate = keys.certificate_pem;
  EXPECT_TRUE(runs.run(check).phases.tls);
  const auto second = runs.run(check);
  EXPECT_EQ(second.status, CheckStatus::up) << second.reason;
  EXPECT_FALSE(second.phases.tls);
  EXPECT_TRUE(second.details.contains("certificate_subject"));
  EXPECT_EQ(target.accepted(), 1);
  check.use<HttpSettings>().tls.verify = false;  // a new question: not over the old connection
  check.timeout = 300ms;
  EXPECT_FALSE(runs.run(check).details.contains("connection"));
}

// A redirect to another host, even of the same name, goes over a connection of its own, on its own
// terms: what was made for the one is never used for the other.
TEST(HttpReuse, EachHostOfARedirectHasItsOwnConnection) {
  const auto there_keys = make_keys("127.0.0.1", -1, 90);
  const Target there(answering_tls_often(there_keys, kHello));
  const auto home_keys = make_keys("shop.example", -1, 90);
  const std::string moved =
      "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: https://127.0.0.1:" +
      std::to_string(there.port()) + "/\r\n\r\n";
  const Target home(answering_tls_often(home_keys, moved));
  Runs runs;
  auto check = reusing(home.port());
  check.target.replace(0, 4, "https");
  auto& http = check.use<HttpSettings>();
  http.tls.server_name = "shop.example";  // of the target alone
  http.tls.ca_certificate = home_keys.certificate_pem + there_keys.certificate_pem;
  for (int i = 0; i < 3; ++i) {
    const auto outcome = runs.run(check);
    ASSERT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
    EXPECT_EQ(value_of(outcome, "probe_http_redirects"), 1);
    EXPECT_EQ(value_of(outcome, "probe_http_status_code"), 200);
    EXPECT_EQ(outcome.details.at("url"), "https://127.0.0.1:" + std::to_string(there.port()) + "/");
    EXPECT_EQ(outcome.details.contains("connection"), i > 0);
  }
  EXPECT_EQ(home.accepted(), 1);
  EXPECT_EQ(there.accepted(), 1);
}

}  // namespace monitron::probe
