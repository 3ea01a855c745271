// HTTP/2 and proxies, against a real nginx and a real tinyproxy: the same checks and results as
// over connections of our own.

#include "../target.hpp"
#include "testkit/eventually.hpp"
#include "testkit/tool_server.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using domain::HttpSettings;
using testkit::read_file;
using namespace std::chrono_literals;

namespace {

std::string at(int port) { return "127.0.0.1:" + std::to_string(port); }

class HttpServers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    web_ = std::make_unique<testkit::ToolServer>("http2", 3);
    web_->prepare({std::to_string(web_->port())});
    web_->start();
    proxy_ = std::make_unique<testkit::ToolServer>("proxy", 1);
    proxy_->prepare({std::to_string(proxy_->port())});
    proxy_->start();
  }
  static void TearDownTestSuite() {
    web_.reset();
    proxy_.reset();
  }

  static domain::CheckDefinition check(const std::string& target) {
    auto check = check_of(CheckKind::http, target, 5000ms);
    check.use<HttpSettings>().tls.ca_certificate = read_file(web_->directory() + "/cert.pem");
    return check;
  }
  static domain::CheckDefinition over_http2(const std::string& path = "/") {
    auto made = check("https://" + at(web_->port()) + path);
    made.use<HttpSettings>().http_version = "2";
    return made;
  }
  static domain::CheckDefinition by_proxy(const std::string& target) {
    auto made = check(target);
    made.use<HttpSettings>().proxy = "http://" + at(proxy_->port());
    return made;
  }
  static std::string access_log() { return read_file(web_->directory() + "/access.log"); }
  static std::string proxy_log() { return read_file(proxy_->directory() + "/proxy.log"); }

  inline static std::unique_ptr<testkit::ToolServer> web_;
  inline static std::unique_ptr<testkit::ToolServer> proxy_;
};

}  // namespace

// M-100, M-101.
TEST_F(HttpServers, Http2IsSpokenOverTls) {
  auto question = over_http2("/x?y=z");
  question.use<HttpSettings>().json = {{"$.protocol", "==", "HTTP/2.0"}};
  const auto outcome = run_once(question);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_http_version"), 2);
  EXPECT_EQ(value_of(outcome, "probe_http_status_code"), 200);
  EXPECT_EQ(value_of(outcome, "probe_http_ssl"), 1);
  EXPECT_GT(value_of(outcome, "probe_http_content_length"), 0);
  EXPECT_GT(value_of(outcome, "probe_ssl_earliest_cert_expiry"), 0);
  EXPECT_GT(value_of(outcome, "probe_tcp_rtt_seconds"), 0);
  const auto& phases = outcome.phases;
  EXPECT_TRUE(phases.resolve && phases.connect && phases.tls && phases.first_byte &&
              phases.transfer);
  EXPECT_TRUE(outcome.details.at("response_head").starts_with("HTTP/2 200\nserver: nginx"))
      << outcome.details.at("response_head");
  EXPECT_EQ(outcome.details.at("address"), "127.0.0.1");
  EXPECT_NE(outcome.details.at("certificate_subject").find("web.example"), std::string::npos);
}

TEST_F(HttpServers, Http2IsSpokenWithoutTlsAndAServerThatCannotIsDown) {
  auto plain = check("http://" + at(web_->port(1)) + "/");
  plain.use<HttpSettings>().http_version = "2";
  const auto outcome = run_once(plain);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_http_version"), 2);
  auto old = check("https://" + at(web_->port(2)) + "/");
  EXPECT_EQ(run_once(old).status, CheckStatus::up);
  old.use<HttpSettings>().http_version = "2";
  EXPECT_EQ(run_once(old).reason, "the target speaks HTTP/1.1, expected HTTP/2");
}

// M-107, M-110.
TEST_F(HttpServers, RequestsAreTheSameWhicheverWay) {
  for (const std::string version : {"1.1", "2"}) {
    auto question = over_http2();
    auto& settings = question.use<HttpSettings>();
    settings.http_version = version;
    settings.method = "POST";
    settings.body = "ping";
    settings.secret_headers = {{"X-Key", {"secret"}}};
    settings.tls.server_name = "web.example";
    settings.json = {{"$.method", "==", "POST"},
                     {"$.length", "==", "4"},
                     {"$.key", "==", "secret"},
                     {"$.name", "==", "web.example"},
                     {"$.host", "==", at(web_->port())}};
    const auto outcome = run_once(question);
    EXPECT_EQ(outcome.status, CheckStatus::up) << version << ": " << outcome.reason;
    settings = {};
    settings.http_version = version;
    settings.tls = over_http2().as<HttpSettings>().tls;
    question.target = "https://" + at(web_->port()) + "/away";
    settings.method = "HEAD";
    const auto moved = run_once(question);
    EXPECT_EQ(moved.status, CheckStatus::up) << version << ": " << moved.reason;
    EXPECT_EQ(value_of(moved, "probe_http_redirects"), 1);
    settings.method = "GET";
    question.target = "https://" + at(web_->port()) + "/gone";
    const auto gone = run_once(question);
    EXPECT_EQ(gone.reason, "status 410, expected 200-299");
    EXPECT_EQ(gone.details.at("response_body"), "it was here\n");
  }
}

TEST_F(HttpServers, ClientsShowTheirCertificate) {
  const auto keys = make_keys("client.example", -1, 90);
  for (const std::string version : {"1.1", "2"}) {
    auto question = over_http2();
    auto& settings = question.use<HttpSettings>();
    settings.http_version = version;
    settings.tls.client_certificate = keys.certificate_pem;
    settings.tls.client_key.text = keys.key_pem;
    settings.json = {{"$.client", "==", "CN=client.example"}};
    EXPECT_EQ(run_once(question).reason, "") << version;
    settings.tls.client_key.text = "broken";
    EXPECT_EQ(run_once(question).status, CheckStatus::unknown);
  }
}

TEST_F(HttpServers, WithABadCertificateNothingIsAsked) {
  for (const std::string version : {"1.1", "2"}) {
    auto question = over_http2("/untrusted" + version);
    auto& settings = question.use<HttpSettings>();
    settings.http_version = version;
    settings.tls.ca_certificate = make_keys("other", -1, 90).certificate_pem;
    const auto outcome = run_once(question);
    EXPECT_EQ(outcome.status, CheckStatus::down);
    EXPECT_NE(outcome.reason.find("certificate"), std::string::npos) << outcome.reason;
    EXPECT_TRUE(outcome.details.contains("certificate_sha256"));
    settings.tls.ca_certificate = read_file(web_->directory() + "/cert.pem");
    settings.tls.server_name = "another.example";
    EXPECT_EQ(run_once(question).status, CheckStatus::down);
    settings.tls.verify = false;
    EXPECT_EQ(run_once(question).status, CheckStatus::up);
    const auto asked = "/untrusted" + version + " ";
    // nginx writes it down after it has answered.
    ASSERT_TRUE(
        testkit::eventually(10s, [&] { return access_log().find(asked) != std::string::npos; }));
    const auto log = access_log();
    EXPECT_EQ(log.find(asked, log.find(asked) + 1), std::string::npos);
    settings.tls.min_version = "1.3";  // which this nginx does not speak
    const auto old = run_once(question);
    EXPECT_EQ(old.status, CheckStatus::down);
    EXPECT_NE(old.reason.find("TLS"), std::string::npos) << old.reason;
  }
}

TEST_F(HttpServers, DeniedAddressesAreDeniedWhicheverWay) {
  EngineSettings::Wishes wishes;
  wishes.denied_networks = {"127.0.0.0/8"};
  EXPECT_EQ(run_once(over_http2(), wishes).reason, "address 127.0.0.1 may not be checked");
  const auto before = proxy_log();
  const auto outcome = run_once(by_proxy("http://" + at(web_->port(1)) + "/"), wishes);
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_EQ(outcome.reason, "address 127.0.0.1 may not be checked");
  EXPECT_EQ(proxy_log(), before);
}

TEST_F(HttpServers, AProxyIsGoneThrough) {
  const Target target(answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
  auto plain = by_proxy("http://" + at(target.port()) + "/by-proxy");
  plain.use<HttpSettings>().body_contains = "hello";
  const auto outcome = run_once(plain);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.details.at("proxy_address"), "127.0.0.1");
  EXPECT_NE(proxy_log().find("/by-proxy"), std::string::npos);
  for (const std::string version : {"1.1", "2"}) {
    auto secure = by_proxy("https://" + at(web_->port()) + "/");
    auto& settings = secure.use<HttpSettings>();
    settings.http_version = version;
    settings.tls.server_name = "web.example";
    settings.json = {{"$.name", "==", "web.example"}};
    const auto tunnelled = run_once(secure);
    EXPECT_EQ(tunnelled.status, CheckStatus::up) << tunnelled.reason;
    EXPECT_EQ(value_of(tunnelled, "probe_http_version"), version == "2" ? 2 : 1.1);
    EXPECT_TRUE(tunnelled.phases.tls.has_value());
    EXPECT_TRUE(tunnelled.details.contains("certificate_subject"));
  }
  EXPECT_NE(proxy_log().find("CONNECT " + at(web_->port())), std::string::npos) << proxy_log();
}

TEST_F(HttpServers, AProxysTroubleIsNotTheTargets) {
  auto question = check("https://" + at(web_->port()) + "/");
  auto& settings = question.use<HttpSettings>();
  settings.bearer_token.text = "secret1";
  const int nobody = testkit::free_ports(1);
  settings.proxy = "http://" + at(nobody);
  const auto away = run_once(question);
  EXPECT_EQ(away.status, CheckStatus::unknown);
  EXPECT_NE(away.reason.find("proxy"), std::string::npos) << away.reason;
  std::string asked;
  const Target refusing([&](int fd) {
    asked = read_head(fd);
    write_all(fd, "HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
  });
  settings.proxy = "http://" + at(refusing.port());
  const auto refused = run_once(question);
  EXPECT_EQ(refused.status, CheckStatus::unknown) << refused.reason;
  EXPECT_NE(refused.reason.find("407"), std::string::npos) << refused.reason;
  EXPECT_TRUE(asked.starts_with("CONNECT ")) << asked;
  EXPECT_EQ(asked.find("secret1"), std::string::npos) << asked;
  const auto closed = run_once(by_proxy("https://" + at(nobody) + "/"));
  EXPECT_EQ(closed.status, CheckStatus::down) << closed.reason;
}

// Each failure is the same over curl as over connections of our own.
TEST_F(HttpServers, FailuresOverHttp2AreTold) {
  const auto over2 = [](int port, std::chrono::milliseconds timeout = 3000ms) {
    auto made = check_of(CheckKind::http, "http://" + at(port) + "/", timeout);
    made.use<HttpSettings>().http_version = "2";
    return made;
  };
  const auto refused = run_once(over2(testkit::free_ports(1)));
  EXPECT_EQ(refused.status, CheckStatus::down);
  EXPECT_NE(refused.reason.find("connecting to 127.0.0.1"), std::string::npos) << refused.reason;
  const Target reset([](int fd) {
    read_head(fd);
    const linger now{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  });
  EXPECT_EQ(run_once(over2(reset.port())).status, CheckStatus::down);
  const Target garbage(answering("SSH-2.0-OpenSSH_9.2\r\n"));
  EXPECT_EQ(run_once(over2(garbage.port())).status, CheckStatus::down);
  const Target silent([](int fd) {
    char byte = 0;
    while (recv(fd, &byte, 1, 0) == 1) {
    }
  });
  const auto slow = run_once(over2(silent.port(), 300ms));
  EXPECT_EQ(slow.status, CheckStatus::down);
  EXPECT_LT(slow.duration, 1500ms);
  EXPECT_NE(slow.reason.find("waiting for the answer"), std::string::npos) << slow.reason;
}

}  // namespace monitron::probe
