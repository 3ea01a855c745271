// HTTP and HTTPS against real listeners, well-behaved and not.

#include "probe/http_url.hpp"
#include "target.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::chrono_literals;

namespace {

constexpr const char* kHello =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

std::string url(int port, const std::string& path = "/") {
  return "http://127.0.0.1:" + std::to_string(port) + path;
}

domain::CheckDefinition http(int port, std::chrono::milliseconds timeout = 3000ms) {
  return check_of(CheckKind::http, url(port), timeout);
}

}  // namespace

// M-027, M-100.
TEST(HttpProbe, AGoodAnswerIsUpWithAllPhases) {
  const Target target(answering(kHello));
  auto check = http(target.port());
  check.use<domain::HttpSettings>().body_contains = "ell";
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_http_status_code"), 200);
  EXPECT_EQ(value_of(outcome, "probe_http_content_length"), 5);
  EXPECT_TRUE(outcome.phases.resolve && outcome.phases.connect && outcome.phases.first_byte &&
              outcome.phases.transfer);
  EXPECT_TRUE(outcome.details.at("response_head").starts_with("HTTP/1.1 200 OK\nContent-Type:"));
}

// M-108, M-109.
TEST(HttpProbe, StatusAndBodyRulesDecide) {
  const Target target(answering("HTTP/1.1 503 Away\r\nContent-Length: 4\r\n\r\noops"));
  auto check = http(target.port());
  EXPECT_EQ(run_once(check).reason, "status 503, expected 200-299");
  check.use<domain::HttpSettings>().expected_status = {"500-599"};
  EXPECT_EQ(run_once(check).status, CheckStatus::up);
  check.use<domain::HttpSettings>().body_contains = "fine";
  EXPECT_EQ(run_once(check).status, CheckStatus::down);
  check.use<domain::HttpSettings>().body_contains.clear();
  check.use<domain::HttpSettings>().body_not_contains = "oops";
  EXPECT_EQ(run_once(check).status, CheckStatus::down);
}

// M-107, M-110.
TEST(HttpProbe, MethodHeadersAndBodyAreSent) {
  std::string seen;
  const Target target([&](int fd) {
    seen = read_head(fd);
    char body[4]{};
    (void)!read(fd, body, 4);
    seen.append(body, 4);
    write_all(fd, "HTTP/1.1 204 No Content\r\n\r\n");
  });
  auto check = http(target.port());
  check.use<domain::HttpSettings>().method = "POST";
  check.use<domain::HttpSettings>().headers = {{"X-Key", "abc"}};
  check.use<domain::HttpSettings>().body = "ping";
  EXPECT_EQ(run_once(check).status, CheckStatus::up);
  EXPECT_TRUE(seen.starts_with("POST / HTTP/1.1\r\nHost: 127.0.0.1:")) << seen;
  EXPECT_NE(seen.find("X-Key: abc\r\n"), std::string::npos);
  EXPECT_TRUE(seen.ends_with("\r\n\r\nping"));
}

TEST(HttpProbe, ChunksAndInterimAnswersAreUnderstood) {
  const Target target(
      answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
                "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  auto check = http(target.port());
  check.use<domain::HttpSettings>().body_contains = "abcde";
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
}

TEST(HttpProbe, RedirectsAreFollowedToTheirLimitAndSecretsStayHome) {
  std::string seen;
  const Target second([&](int fd) {
    seen = read_head(fd);
    write_all(fd, kHello);
  });
  const Target first(answering("HTTP/1.1 302 Found\r\nLocation: " + url(second.port(), "/x") +
                               "\r\nContent-Length: 0\r\n\r\n"));
  auto check = http(first.port());
  check.use<domain::HttpSettings>().headers = {{"Authorization", "Bearer secret"}};
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_http_redirects"), 1);
  EXPECT_TRUE(seen.starts_with("GET /x "));
  EXPECT_EQ(seen.find("secret"), std::string::npos);
  check.use<domain::HttpSettings>().max_redirects = 0;
  EXPECT_EQ(run_once(check).status, CheckStatus::down);
  check.use<domain::HttpSettings>().follow_redirects = false;
  check.use<domain::HttpSettings>().expected_status = {"302"};
  EXPECT_EQ(run_once(check).status, CheckStatus::up);
}

// S-01.
TEST(HttpProbe, ARedirectToADeniedAddressIsRefused) {
  EngineSettings::Wishes wishes;
  wishes.denied_networks = {"169.254.0.0/16"};
  const Target first(
      answering("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: "
                "0\r\n\r\n"));
  EXPECT_EQ(run_once(http(first.port()), wishes).status, CheckStatus::unknown);
}

TEST(HttpProbe, ALongBodyIsReadToTheLimitOnly) {
  const Target target([](int fd) {
    read_head(fd);
    write_all(fd, "HTTP/1.1 200 OK\r\n\r\n" + std::string(3 << 20, 'x'));
  });
  const auto outcome = run_once(http(target.port()));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(outcome.details.contains("body_cut_at_bytes"));
}

// M-106.
TEST(HttpProbe, ASlowDripEndsAtTheTimeout) {
  const Target target([](int fd) {
    read_head(fd);
    write_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; i < 1000; ++i) {
      if (send(fd, "x", 1, MSG_NOSIGNAL) != 1) return;
      std::this_thread::sleep_for(20ms);  // the drip itself
    }
  });
  const auto outcome = run_once(http(target.port(), 300ms));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_LT(outcome.duration, 1500ms);
  EXPECT_NE(outcome.reason.find("reading the answer"), std::string::npos) << outcome.reason;
}

TEST(HttpProbe, AResetACutAndGarbageAreDown) {
  const Target reset([](int fd) {
    read_head(fd);
    const linger now{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  });
  EXPECT_EQ(run_once(http(reset.port())).status, CheckStatus::down);
  const Target cut(answering("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"));
  EXPECT_EQ(run_once(http(cut.port())).status, CheckStatus::down);
  const Target garbage(answering("SSH-2.0-OpenSSH_9.2\r\n"));
  EXPECT_EQ(run_once(http(garbage.port())).status, CheckStatus::down);
  const Target silent([](int fd) { read_head(fd); });
  EXPECT_EQ(run_once(http(silent.port())).status, CheckStatus::down);
}

// M-101.
TEST(HttpsProbe, TheCertificateDecidesUnlessToldOtherwise) {
  const Target target(answering_tls(make_keys("127.0.0.1", -1, 90), kHello));
  auto check =
      check_of(CheckKind::http, "https://127.0.0.1:" + std::to_string(target.port()) + "/");
  const auto refused = run_once(check);
  EXPECT_EQ(refused.status, CheckStatus::down);
  EXPECT_NE(refused.reason.find("certificate"), std::string::npos) << refused.reason;
  check.use<domain::HttpSettings>().tls.verify = false;
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(outcome.phases.tls.has_value());
  EXPECT_GT(value_of(outcome, "probe_ssl_earliest_cert_expiry"), 0);
}

TEST(HttpUrl, RedirectsAreSeenFromTheirBase) {
  const HttpUrl base = *parse_http_url("https://example.org/a/b?c=d");
  EXPECT_EQ(follow(base, "/x")->path, "/x");
  EXPECT_EQ(follow(base, "e?f")->path, "/a/e?f");
  EXPECT_EQ(follow(base, "?q")->path, "/a/b?q");
  EXPECT_EQ(follow(base, "//other/y")->host, "other");
  EXPECT_FALSE(follow(base, "http://other:81/")->https);
  EXPECT_FALSE(follow(base, "file:///etc/passwd"));
  EXPECT_FALSE(follow(base, "gopher://x/"));
  EXPECT_FALSE(parse_http_url("http://a/\r\nX: y"));
  EXPECT_EQ(parse_http_url("http://[::1]:8080")->host, "::1");
}

}  // namespace monitron::probe
