// TCP and TLS against real listeners: what works, what is refused, what never answers.

#include "probe/address.hpp"
#include "target.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::chrono_literals;

namespace {

std::string local(int port) { return "127.0.0.1:" + std::to_string(port); }

// A port on which nobody listens.
int closed_port() {
  const Target gone([](int) {});
  return gone.port();
}

}  // namespace

// M-102, M-111.
TEST(TcpProbe, AnAcceptedConnectionIsUpWithPhasesAndKernelValues) {
  const Target target([](int) {});
  const auto outcome = run_once(check_of(CheckKind::tcp, local(target.port())));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(outcome.phases.connect.has_value());
  EXPECT_GT(value_of(outcome, "probe_tcp_rtt_seconds"), 0);
  EXPECT_EQ(value_of(outcome, "probe_ip_protocol"), 4);
}

TEST(TcpProbe, NamesComeFromTheHostsFile) {
  const Target target([](int) {});
  const auto outcome =
      run_once(check_of(CheckKind::tcp, "localhost:" + std::to_string(target.port())));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(outcome.phases.resolve.has_value());
}

TEST(TcpProbe, Ipv6LoopbackWorks) {
  const Target target([](int) {}, true);
  const auto outcome = run_once(check_of(CheckKind::tcp, "[::1]:" + std::to_string(target.port())));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_ip_protocol"), 6);
}

// M-028.
TEST(TcpProbe, AClosedPortIsDownAtOnce) {
  const auto outcome = run_once(check_of(CheckKind::tcp, local(closed_port())));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("refused"), std::string::npos) << outcome.reason;
  EXPECT_LT(outcome.duration, 1s);
}

TEST(TcpProbe, AFullBacklogNeverAnswersAndTheTimeoutHits) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  listen(listener, 0);
  socklen_t size = sizeof(address);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::vector<int> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    (void)connect(fillers.back(), reinterpret_cast<sockaddr*>(&address), size);
  }
  const auto outcome = run_once(check_of(CheckKind::tcp, local(ntohs(address.sin_port)), 300ms));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_GE(outcome.duration, 300ms);
  EXPECT_LT(outcome.duration, 1500ms);
  for (const int fd : fillers) close(fd);
  close(listener);
}

// S-01.
TEST(TcpProbe, MetadataAndLinkLocalAddressesAreRefusedInEveryForm) {
  EngineSettings::Wishes wishes;
  wishes.denied_networks = default_denied_networks();
  for (const char* target :
       {"169.254.169.254:80", "[::ffff:169.254.169.254]:80", "[64:ff9b::a9fe:a9fe]:80",
        "[2002:a9fe:a9fe::1]:80", "[fe80::1]:80", "0.0.0.0:80", "100.100.100.200:80"}) {
    const auto outcome = run_once(check_of(CheckKind::tcp, target, 1000ms), wishes);
    EXPECT_EQ(outcome.status, CheckStatus::unknown) << target;
    EXPECT_NE(outcome.reason.find("may not be checked"), std::string::npos) << outcome.reason;
  }
  const Target v6([](int) {}, true);
  const auto outcome =
      run_once(check_of(CheckKind::tcp, "[::1]:" + std::to_string(v6.port())), wishes);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
}

TEST(TcpProbe, ASilentNameServerMakesItUnknownAndNotDown) {
  EngineSettings::Wishes wishes;
  const int silent = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(silent, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t size = sizeof(address);
  getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size);
  wishes.dns_servers = {local(ntohs(address.sin_port))};
  const auto outcome = run_once(check_of(CheckKind::tcp, "target.example:80", 300ms), wishes);
  EXPECT_EQ(outcome.status, CheckStatus::unknown) << outcome.reason;
  close(silent);
}

// M-029, M-123.
TEST(TlsProbe, AValidCertificateIsUpAndDescribed) {
  const Keys authority = make_keys("Test CA", -1, 400);
  const Keys keys = make_keys("127.0.0.1", -1, 100, &authority);
  const Target target(answering_tls(keys, ""));
  EngineSettings::Wishes wishes;
  wishes.ca_file = write_file("probe_ca.pem", authority.certificate_pem);
  const auto outcome = run_once(check_of(CheckKind::tls, local(target.port())), wishes);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(outcome.phases.tls.has_value());
  EXPECT_EQ(outcome.details.at("certificate_common_name"), "127.0.0.1");
  EXPECT_EQ(outcome.details.at("certificate_names"), "127.0.0.1");
  EXPECT_EQ(outcome.details.at("certificate_issuer"), "CN=Test CA");
  EXPECT_EQ(outcome.details.at("certificate_sha256").size(), 64U);
  const double days = (value_of(outcome, "probe_ssl_earliest_cert_expiry") * 1000 -
                       static_cast<double>(to_ms(system_clock().now()))) /
                      86'400'000.0;
  EXPECT_NEAR(days, 100, 0.1);
}

TEST(TlsProbe, ExpiryIsToldApartFromTrust) {
  const Keys authority = make_keys("Test CA", -800, 400);
  EngineSettings::Wishes wishes;
  wishes.ca_file = write_file("probe_ca2.pem", authority.certificate_pem);
  const Keys expired = make_keys("127.0.0.1", -100, -10, &authority);
  const Target old(answering_tls(expired, ""));
  const auto outcome = run_once(check_of(CheckKind::tls, local(old.port())), wishes);
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("expired"), std::string::npos) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_ssl_verified"), 1);
  EXPECT_EQ(value_of(outcome, "probe_ssl_expired"), 1);

  const Target self(answering_tls(make_keys("127.0.0.1", -1, 100), ""));
  const auto untrusted = run_once(check_of(CheckKind::tls, local(self.port())), wishes);
  EXPECT_EQ(untrusted.status, CheckStatus::down);
  EXPECT_EQ(value_of(untrusted, "probe_ssl_verified"), 0);
  EXPECT_EQ(value_of(untrusted, "probe_ssl_expired"), 0);
}

// M-030.
TEST(TlsProbe, AnotherHostsCertificateIsDownAndNearExpiryIsAWarning) {
  const Keys authority = make_keys("Test CA", -1, 400);
  EngineSettings::Wishes wishes;
  wishes.ca_file = write_file("probe_ca3.pem", authority.certificate_pem);
  const Target target(answering_tls(make_keys("good.example", -1, 5, &authority), ""));
  auto check = check_of(CheckKind::tls, local(target.port()));
  EXPECT_EQ(run_once(check, wishes).status, CheckStatus::down);
  check.use<domain::TlsSettings>().tls.server_name = "good.example";
  const auto outcome = run_once(check, wishes);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_ssl_expiry_warning_days"), 7);
}

TEST(TlsProbe, APeerThatSpeaksNoTlsOrNothingIsDown) {
  const Target plain([](int fd) { write_all(fd, "220 hello\r\n"); });
  EXPECT_EQ(run_once(check_of(CheckKind::tls, local(plain.port()))).status, CheckStatus::down);
  const Target half_open([](int fd) { read_head(fd); });
  const auto outcome = run_once(check_of(CheckKind::tls, local(half_open.port()), 200ms));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("TLS handshake"), std::string::npos) << outcome.reason;
}

}  // namespace monitron::probe
