// Domain checks against local registries. M-031, M-120, M-124.

#include "target.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <sys/socket.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using domain::DomainSettings;

namespace {

std::string local(int port) { return "127.0.0.1:" + std::to_string(port); }

std::string in_days(int days) {
  return to_rfc3339(system_clock().now() + std::chrono::hours(24) * days + std::chrono::hours(1));
}

std::string http(int status, const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 " + std::to_string(status) + " x\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

std::string rdap(const std::string& name, const std::string& expires,
                 const std::string& statuses = "\"active\"") {
  const std::string events =
      expires.empty() ? "" : R"({"eventAction":"expiration","eventDate":")" + expires + "\"}";
  return http(200, R"({"objectClassName":"domain","ldhName":")" + name + R"(","status":[)" +
                       statuses + R"(],"events":[)" + events +
                       R"(],"entities":[{"roles":["registrar"],"handle":"Names Ltd"}]})");
}

// Answers each line that comes with `answer(line)`.
Target whois(std::function<std::string(const std::string&)> answer) {
  return Target([answer = std::move(answer)](int fd) {
    std::string line;
    char byte = 0;
    while (!line.ends_with("\r\n") && recv(fd, &byte, 1, 0) == 1) line += byte;
    if (line.size() >= 2) write_all(fd, answer(line.substr(0, line.size() - 2)));
  });
}

// Nothing listens on port 1: what must not be asked is not reached.
EngineSettings::Wishes no_registries() {
  EngineSettings::Wishes wishes;
  wishes.rdap_bootstrap_url = "http://127.0.0.1:1/";
  wishes.whois_server = "127.0.0.1:1";
  return wishes;
}

domain::CheckDefinition check_with(const std::string& rdap_server, const std::string& whois = "") {
  auto check = check_of(CheckKind::domain, "Example.TEST.", std::chrono::seconds(8));
  check.use<DomainSettings>().rdap_server = rdap_server;
  check.use<DomainSettings>().whois_server = whois;
  return check;
}

std::string url(const Target& target) { return "http://" + local(target.port()) + "/v1"; }

}  // namespace

TEST(DomainProbe, DaysLeftByRdap) {
  std::string head;
  const Target registry([&](int fd) {
    head = read_head(fd);
    write_all(fd, rdap("EXAMPLE.TEST", in_days(100)));
  });
  const auto outcome = run_once(check_with(url(registry)), no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.reason, "");
  EXPECT_EQ(value_of(outcome, "probe_domain_days_left"), 100);
  EXPECT_GT(value_of(outcome, "probe_domain_expiry_timestamp_seconds"), 1.7e9);
  EXPECT_EQ(value_of(outcome, "probe_domain_expiry_warning_days"), 0);
  EXPECT_EQ(outcome.details.at("registrar"), "Names Ltd");
  EXPECT_EQ(outcome.details.at("domain_status"), "active");
  EXPECT_EQ(outcome.details.at("source"), url(registry) + "/domain/example.test");
  EXPECT_TRUE(head.starts_with("GET /v1/domain/example.test HTTP/1.1\r\n")) << head;
}

// M-124.
TEST(DomainProbe, NearExpiryWarnsByTheChecksOwnMarks) {
  const Target registry(answering(rdap("example.test", in_days(12))));
  auto check = check_with(url(registry));
  auto outcome = run_once(check, no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::up);
  EXPECT_EQ(outcome.reason, "expires in 12 days");
  EXPECT_EQ(value_of(outcome, "probe_domain_expiry_warning_days"), 14);
  check.use<DomainSettings>().warning_days = {10};
  EXPECT_EQ(run_once(check, no_registries()).reason, "");
}

TEST(DomainProbe, AnExpiredDomainIsDown) {
  const Target registry(answering(rdap("example.test", "2020-01-01T00:00:00Z")));
  const auto outcome = run_once(check_with(url(registry)), no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.reason, "expired on 2020-01-01T00:00:00.000Z");
  EXPECT_LT(value_of(outcome, "probe_domain_days_left"), 0);
}

TEST(DomainProbe, AlarmingStatusesWarn) {
  const Target registry(
      answering(rdap("example.test", in_days(100), R"("redemption period","client hold")")));
  const auto outcome = run_once(check_with(url(registry)), no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::up);
  EXPECT_EQ(outcome.reason, "status redemptionPeriod; status clientHold");
}

TEST(DomainProbe, TheBootstrapNamesTheServerAndIsReadOnce) {
  const Target registry(answering(rdap("example.test", in_days(100))));
  const Target bootstrap(
      answering(http(200, R"({"services":[[["test"],[")" + url(registry) + R"("]]]})")));
  auto wishes = no_registries();
  wishes.rdap_bootstrap_url = "http://" + local(bootstrap.port()) + "/dns.json";
  const auto settings = EngineSettings::make(wishes).value();
  for (int i = 0; i < 3; ++i) {
    const auto outcome = run_with(settings, check_with(""));
    EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  }
  EXPECT_EQ(bootstrap.accepted(), 1);
  EXPECT_EQ(registry.accepted(), 3);
}

TEST(DomainProbe, HttpsIsVerified) {
  const Keys authority = make_keys("Test CA", -1, 400);
  const Keys keys = make_keys("127.0.0.1", -1, 100, &authority);
  const Target registry(answering_tls(keys, rdap("example.test", in_days(100))));
  const std::string address = "https://" + local(registry.port());
  auto wishes = no_registries();
  auto outcome = run_once(check_with(address), wishes);
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_NE(outcome.reason.find("certificate"), std::string::npos) << outcome.reason;
  wishes.ca_file = write_file("domain_ca.pem", authority.certificate_pem);
  outcome = run_once(check_with(address), wishes);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(std::isnan(value_of(outcome, "probe_ssl_earliest_cert_expiry")));
}

TEST(DomainProbe, RedirectsAreFollowedButNotForever) {
  const Target registry(answering(rdap("example.test", in_days(100))));
  const Target first(answering(http(302, "", "Location: " + url(registry) + "/domain/x\r\n")));
  EXPECT_EQ(run_once(check_with(url(first)), no_registries()).status, CheckStatus::up);
  const Target circle(answering(http(302, "", "Location: /again\r\n")));
  const auto outcome = run_once(check_with(url(circle)), no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_EQ(circle.accepted(), 4);
}

TEST(DomainProbe, NoDateOfRdapIsAskedOfWhois) {
  const Target registry(answering(rdap("example.test", "")));
  const Target server = whois([](const std::string& line) {
    return line == "example.test" ? "Registrar: Other\r\nExpiry date: " + in_days(20) + "\r\n" : "";
  });
  const auto outcome = run_once(check_with(url(registry), local(server.port())), no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.reason, "expires in 20 days");
  EXPECT_EQ(outcome.details.at("source"), "WHOIS " + local(server.port()));
  EXPECT_EQ(outcome.details.at("registrar"), "Names Ltd") << "RDAP's word comes first";
}

TEST(DomainProbe, WhoisIsFoundFromTheRootOverTheRegistryToTheRegistrar) {
  const Target registrar = whois([](const std::string&) {
    return "Registrar Registration Expiration Date: " + in_days(50) + "\n";
  });
  const Target registry = whois([&](const std::string&) {
    return "Domain Name: example.test\nRegistrar WHOIS Server: " + local(registrar.port()) + "\n";
  });
  std::string asked;
  const Target root = whois([&](const std::string& line) {
    asked = line;
    return "domain: TEST\nrefer: " + local(registry.port()) + "\n";
  });
  auto wishes = no_registries();
  wishes.whois_server = local(root.port());
  const auto outcome = run_once(check_with(""), wishes);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_domain_days_left"), 50);
  EXPECT_EQ(asked, "test");
}

TEST(DomainProbe, ServersThatReferToEachOtherEnd) {
  int port = 0;
  const Target circle = whois([&](const std::string&) { return "refer: " + local(port) + "\n"; });
  port = circle.port();
  auto wishes = no_registries();
  wishes.whois_server = local(port);
  EXPECT_EQ(run_once(check_with(""), wishes).status, CheckStatus::unknown);
  EXPECT_EQ(circle.accepted(), 1);
}

// Never "fine" on a missing date.
TEST(DomainProbe, AMissingDateIsUnknownWithTheReason) {
  const Target registry(answering(rdap("example.test", "")));
  const Target server = whois([](const std::string&) { return "Domain: example.test\n"; });
  const auto outcome = run_once(check_with(url(registry), local(server.port())), no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_NE(outcome.reason.find("no expiry date"), std::string::npos) << outcome.reason;
}

TEST(DomainProbe, ADomainThatNobodyHasIsDown) {
  const Target registry(answering(http(404, "{}")));
  const Target server = whois([](const std::string&) { return "No match for EXAMPLE.TEST\n"; });
  const auto outcome = run_once(check_with(url(registry), local(server.port())), no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_TRUE(outcome.reason.starts_with("example.test is not registered")) << outcome.reason;
}

TEST(DomainProbe, ADomainThatWhoisKnowsIsNotDownByA404) {
  const Target registry(answering(http(404, "{}")));
  const Target bootstrap(
      answering(http(200, R"({"services":[[["test"],[")" + url(registry) + R"("]]]})")));
  auto wishes = no_registries();
  wishes.rdap_bootstrap_url = "http://" + local(bootstrap.port()) + "/dns.json";
  const Target knowing = whois([](const std::string&) { return "Registrar: Names Ltd\n"; });
  const Target mute = whois([](const std::string&) { return "Domain: example.test\n"; });
  const auto status = [&](const std::string& rdap_server, const Target& asked) {
    return run_once(check_with(rdap_server, local(asked.port())), wishes).status;
  };
  EXPECT_EQ(status("", knowing), CheckStatus::unknown);
  EXPECT_EQ(status("", mute), CheckStatus::down);
  EXPECT_EQ(status(url(registry), knowing), CheckStatus::unknown);
  EXPECT_EQ(status(url(registry), mute), CheckStatus::unknown) << "a named server may be wrong";
}

TEST(DomainProbe, TroubleWithTheRegistryIsNotThatOfTheDomain) {
  const Target busy(answering(http(429, "")));
  const Target broken(answering(http(503, "")));
  const Target rubbish(answering("SSH-2.0-x\r\n\r\n"));
  const Target mixed_up(answering(rdap("other.test", in_days(100))));
  const Target refusing = whois([](const std::string&) { return "Quota exceeded\n"; });
  for (const Target* target : {&busy, &broken, &rubbish, &mixed_up}) {
    const auto outcome =
        run_once(check_with(url(*target), local(refusing.port())), no_registries());
    EXPECT_EQ(outcome.status, CheckStatus::unknown) << outcome.reason;
    EXPECT_NE(outcome.reason.find("asked too often"), std::string::npos) << outcome.reason;
  }
  const auto nobody = run_once(check_with(""), no_registries());
  EXPECT_EQ(nobody.status, CheckStatus::unknown);
}

TEST(DomainProbe, ASilentServerLeavesTimeForTheNext) {
  const Target silent([](int fd) {
    char byte = 0;
    while (recv(fd, &byte, 1, 0) > 0) continue;
  });
  const Target server =
      whois([](const std::string&) { return "Expiry date: " + in_days(100) + "\n"; });
  auto check = check_with(url(silent), local(server.port()));
  check.timeout = std::chrono::milliseconds(1200);
  auto outcome = run_once(check, no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  check.use<DomainSettings>().whois_server = local(silent.port());
  outcome = run_once(check, no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::unknown) << outcome.reason;
}

TEST(DomainProbe, EndlessAnswersAreCut) {
  const Target endless = whois([](const std::string&) { return std::string(1 << 20, 'x'); });
  const auto outcome =
      run_once(check_with("http://127.0.0.1:1/", local(endless.port())), no_registries());
  EXPECT_EQ(outcome.status, CheckStatus::unknown) << outcome.reason;
}

TEST(DomainProbe, DeniedNetworksAreNotAsked) {
  const Target registry(answering(rdap("example.test", in_days(100))));
  auto wishes = no_registries();
  wishes.denied_networks = {"127.0.0.0/8"};
  const auto outcome = run_once(check_with(url(registry)), wishes);
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_NE(outcome.reason.find("may not be checked"), std::string::npos) << outcome.reason;
  EXPECT_EQ(registry.accepted(), 0);
}

}  // namespace monitron::probe
