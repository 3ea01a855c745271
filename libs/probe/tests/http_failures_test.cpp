// Each way in which a target of HTTP and HTTPS can fail, against real sockets. More of them:
// http_probe_test.cpp, http_rules_test.cpp, servers/http_servers_test.cpp.

#include "name_server.hpp"
#include "target.hpp"
#include "testkit/tool_server.hpp"

#include <arpa/inet.h>
#include <cmath>
#include <future>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using domain::HttpSettings;
using namespace std::chrono_literals;

namespace {

constexpr const char* kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

domain::CheckDefinition check(const std::string& scheme_and_host, int port,
                              std::chrono::milliseconds timeout = 3000ms) {
  return check_of(CheckKind::http, scheme_and_host + ":" + std::to_string(port) + "/", timeout);
}

domain::ProbeOutcome run_down(const domain::CheckDefinition& check) {
  auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::down) << outcome.reason;
  return outcome;
}

bool says(const domain::ProbeOutcome& outcome, const std::string& text) {
  return outcome.reason.find(text) != std::string::npos;
}

// A port whose SYNs get no answer: nobody accepts, and the queue of those who wait is full.
class FullQueue {
 public:
  FullQueue() {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    bind(listener_, raw, size);
    listen(listener_, 0);
    getsockname(listener_, raw, &size);
    port_ = ntohs(address.sin_port);
    for (int& waiting : waiting_) {
      waiting = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      (void)!connect(waiting, raw, size);
    }
  }
  ~FullQueue() {
    for (const int waiting : waiting_) close(waiting);
    close(listener_);
  }
  FullQueue(const FullQueue&) = delete;
  FullQueue& operator=(const FullQueue&) = delete;
  int port() const { return port_; }

 private:
  int listener_ = -1;
  int port_ = 0;
  int waiting_[8]{};
};

}  // namespace

TEST(HttpFailures, Refused) {
  const auto outcome = run_down(check("http://127.0.0.1", testkit::free_ports(1)));
  EXPECT_TRUE(says(outcome, "connection refused")) << outcome.reason;
  EXPECT_FALSE(outcome.phases.connect);
}

// M-106, A-051.
TEST(HttpFailures, FilteredPacketsEndAtTheTimeout) {
  const FullQueue target;
  const auto outcome = run_down(check("http://127.0.0.1", target.port(), 300ms));
  EXPECT_TRUE(says(outcome, "no answer within 300 ms (connecting to 127.0.0.1)")) << outcome.reason;
  EXPECT_LT(outcome.duration, 1500ms);
}

// M-106.
TEST(HttpFailures, AcceptedAndNeverAnswered) {
  const Target target([](int fd) {
    read_head(fd);
    char byte = 0;
    (void)!read(fd, &byte, 1);
  });
  EXPECT_TRUE(says(run_down(check("http://127.0.0.1", target.port(), 300ms)),
                   "no answer within 300 ms (waiting for the answer)"));
  EXPECT_TRUE(says(run_down(check("https://127.0.0.1", target.port(), 300ms)),
                   "no answer within 300 ms (TLS handshake)"));
}

TEST(HttpFailures, ResetInTheMiddleOfTheBody) {
  const Target target([](int fd) {
    read_head(fd);
    write_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    char byte = 0;
    timeval patience{0, 200'000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)!read(fd, &byte, 1);  // until the half has been read
    const linger now{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  });
  const auto outcome = run_down(check("http://127.0.0.1", target.port()));
  EXPECT_TRUE(says(outcome, "reading the answer: connection reset")) << outcome.reason;
  EXPECT_EQ(outcome.details.at("response_body"), "half");
  EXPECT_EQ(value_of(outcome, "probe_http_status_code"), 200);
}

TEST(HttpFailures, BrokenHttp) {
  for (const std::string text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 OK\r\n\r\n", "<html>no head</html>",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"}) {
    const Target target(answering(text));
    EXPECT_TRUE(says(run_down(check("http://127.0.0.1", target.port())), "HTTP: ")) << text;
  }
}

TEST(HttpFailures, TlsAndPlainMistakenForEachOther) {
  const Target plain(answering(kHello));
  EXPECT_TRUE(says(run_down(check("https://127.0.0.1", plain.port(), 1000ms)), "TLS"));
  const Target secure(answering_tls(make_keys("127.0.0.1", -1, 90), kHello));
  run_down(check("http://127.0.0.1", secure.port()));
}

// M-101.
TEST(HttpFailures, EachFaultOfACertificateIsNamed) {
  const Keys authority = make_keys("authority", -1, 900, nullptr, true);
  const auto reason = [&](const Keys& keys, const std::string& ca) {
    const Target target(answering_tls(keys, kHello));
    auto question = check("https://127.0.0.1", target.port());
    question.use<HttpSettings>().tls.ca_certificate = ca;
    const auto outcome = run_once(question);
    EXPECT_EQ(outcome.status == CheckStatus::up, outcome.reason.empty()) << outcome.reason;
    EXPECT_TRUE(outcome.details.contains("certificate_sha256"));
    EXPECT_FALSE(std::isnan(value_of(outcome, "probe_ssl_earliest_cert_expiry")));
    return outcome.reason;
  };
  const auto& trusted = authority.certificate_pem;
  EXPECT_EQ(reason(make_keys("127.0.0.1", -1, 90, &authority), trusted), "");
  const auto expired = reason(make_keys("127.0.0.1", -90, -1, &authority), trusted);
  EXPECT_NE(expired.find("expired"), std::string::npos) << expired;
  const auto early = reason(make_keys("127.0.0.1", 1, 90, &authority), trusted);
  EXPECT_NE(early.find("not yet valid"), std::string::npos) << early;
  const auto other = reason(make_keys("other.example", -1, 90, &authority), trusted);
  EXPECT_NE(other.find("not for 127.0.0.1"), std::string::npos) << other;
  const auto self = reason(make_keys("127.0.0.1", -1, 90), trusted);
  EXPECT_NE(self.find("self"), std::string::npos) << self;
  const Keys stranger = make_keys("stranger", -1, 900, nullptr, true);
  EXPECT_NE(reason(make_keys("127.0.0.1", -1, 90, &stranger), trusted), "");
}

TEST(HttpFailures, TheVersionOfIpIsChosen) {
  const Target six(answering(kHello), true);
  if (six.port() == 0) GTEST_SKIP() << "no IPv6 here";
  auto question = check("http://[::1]", six.port());
  const auto outcome = run_once(question);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_ip_protocol"), 6);
  question.use<HttpSettings>().ip_version = "6";
  EXPECT_EQ(run_once(question).status, CheckStatus::up);
  question.use<HttpSettings>().ip_version = "4";
  EXPECT_NE(run_once(question).status, CheckStatus::up);
  EXPECT_EQ(six.accepted(), 2);
}

// While the next name is looked up, the server before has no say any more.
TEST(HttpFailures, AServerThatClosesBehindItsRedirectIsNotHeardAgain) {
  const Target second(answering(kHello));
  std::promise<void> left;
  const Target first([&](int fd) {
    read_head(fd);
    write_all(fd, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://late.example.test:" +
                      std::to_string(second.port()) + "/\r\n\r\n");
    shutdown(fd, SHUT_WR);
    char byte = 0;
    (void)!read(fd, &byte, 1);  // until it was left
    left.set_value();
  });
  const ToldNameServer late([answerable = left.get_future().share()](const std::string& query) {
    answerable.wait_for(5s);
    return std::vector<std::string>{dns_reply(query, 0, {dns_a("127.0.0.1")})};
  });
  EngineSettings::Wishes wishes;
  wishes.dns_servers = {late.address()};
  auto question = check("http://127.0.0.1", first.port());
  question.use<HttpSettings>().ip_version = "4";
  const auto outcome = run_once(question, wishes);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(second.accepted(), 1);
}

}  // namespace monitron::probe
