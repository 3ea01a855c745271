// DNS checks against a real name server, and against one that does what real ones do when all is
// not well. M-029, M-103.

#include "base/text.hpp"
#include "name_server.hpp"
#include "target.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using domain::DnsSettings;
using namespace std::chrono_literals;

namespace {

constexpr const char* kZone = R"($ORIGIN example.test.
$TTL 600
@ IN SOA ns host 2026112101 7200 3600 1209600 300
@ IN NS ns
@ IN MX 10 mail
@ IN MX 20 backup
@ IN TXT "v=spf1 " "-all"
@ IN CAA 0 issue "ca.example"
ns 60 IN A 127.0.0.1
www IN A 192.0.2.2
www IN A 192.0.2.1
www IN AAAA 2001:db8::1
alias IN CNAME www
_sip._tcp IN SRV 1 5 5060 mail
1.2.0.192.in-addr.arpa.example.test. IN PTR www
)";

std::string zone_with_long_text() {
  std::string zone = kZone;
  for (int i = 0; i < 20; ++i) {
    zone += "long IN TXT \"" + std::to_string(i) + std::string(200, 'x') + "\"\n";
  }
  return zone;
}

class RealNameServer : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<Nsd>(zone_with_long_text()); }
  static void TearDownTestSuite() { server.reset(); }

  static domain::CheckDefinition asking(const std::string& name, const std::string& type) {
    auto check = check_of(CheckKind::dns, name);
    check.use<DnsSettings>().record_type = type;
    check.use<DnsSettings>().server = server->v4();
    return check;
  }
  static std::unique_ptr<Nsd> server;
};
std::unique_ptr<Nsd> RealNameServer::server;

// The question of a message in lower case: some servers write it so.
std::string with_small_letters(std::string message) {
  for (std::size_t i = 12; message[i] != 0; ++i) {
    if (message[i] >= 'A' && message[i] <= 'Z') message[i] = static_cast<char>(message[i] + 32);
  }
  return message;
}

domain::CheckDefinition asking(const ToldNameServer& server, std::chrono::milliseconds timeout) {
  auto check = check_of(CheckKind::dns, "www.example.test", timeout);
  check.use<DnsSettings>().server = server.address();
  return check;
}

}  // namespace

TEST_F(RealNameServer, AddressesAreUpAndDescribed) {
  const auto outcome = run_once(asking("www.example.test", "A"));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.details.at("answers"), "192.0.2.1\n192.0.2.2");
  EXPECT_EQ(outcome.details.at("rcode"), "NOERROR");
  EXPECT_EQ(outcome.details.at("flags"), "aa");
  EXPECT_EQ(outcome.details.at("transport"), "udp");
  EXPECT_EQ(outcome.details.at("address"), "127.0.0.1");
  EXPECT_EQ(value_of(outcome, "probe_dns_answer_rrs"), 2);
  EXPECT_EQ(value_of(outcome, "probe_dns_ttl_seconds"), 600);
  EXPECT_GT(value_of(outcome, "probe_dns_lookup_time_seconds"), 0);
  EXPECT_LT(value_of(outcome, "probe_dns_lookup_time_seconds"), 1);
  EXPECT_GT(value_of(outcome, "probe_dns_answer_hash"), 0);
  EXPECT_TRUE(outcome.phases.first_byte.has_value());
}

TEST_F(RealNameServer, EveryTypeIsCompared) {
  const std::pair<std::pair<const char*, const char*>, const char*> cases[] = {
      {{"www.example.test", "AAAA"}, "2001:DB8::1"},
      {{"alias.example.test", "CNAME"}, "www.example.test."},
      {{"alias.example.test", "A"}, "192.0.2.1"},
      {{"example.test", "MX"}, "10 MAIL.example.test"},
      {{"example.test", "NS"}, "ns.example.test"},
      {{"example.test.", "TXT"}, "v=spf1 -all"},
      {{"example.test", "SOA"},
       "ns.example.test. host.example.test. 2026112101 7200 3600 1209600 300"},
      {{"_sip._tcp.example.test", "SRV"}, "1 5 5060 mail.example.test"},
      {{"example.test", "CAA"}, "0 issue \"ca.example\""},
      {{"1.2.0.192.in-addr.arpa.example.test", "PTR"}, "www.example.test"}};
  for (const auto& [asked, answer] : cases) {
    auto check = asking(asked.first, asked.second);
    check.use<DnsSettings>().expected = {answer};
    const auto outcome = run_once(check);
    EXPECT_EQ(outcome.status, CheckStatus::up) << asked.second << ": " << outcome.reason;
    check.use<DnsSettings>().expected = {std::string(answer) + "0"};
    EXPECT_EQ(run_once(check).status, CheckStatus::down) << asked.second;
  }
}

TEST_F(RealNameServer, AnyAllAndExactDiffer) {
  const auto status = [](const char* match, std::vector<std::string> expected) {
    auto check = asking("www.example.test", "A");
    check.use<DnsSettings>().match = match;
    check.use<DnsSettings>().expected = std::move(expected);
    return run_once(check).status;
  };
  const std::string one = "192.0.2.1";
  const std::string two = "192.0.2.2";
  const std::string three = "192.0.2.3";
  EXPECT_EQ(status("any", {one, three}), CheckStatus::up);
  EXPECT_EQ(status("any", {three}), CheckStatus::down);
  EXPECT_EQ(status("all", {one}), CheckStatus::up);
  EXPECT_EQ(status("all", {one, three}), CheckStatus::down);
  EXPECT_EQ(status("exact", {two, one}), CheckStatus::up);
  EXPECT_EQ(status("exact", {one}), CheckStatus::down);
}

TEST_F(RealNameServer, CodesAreExpectedOrNot) {
  auto check = asking("missing.example.test", "A");
  auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.reason, "NXDOMAIN, expected NOERROR");
  check.use<DnsSettings>().expected_code = "NXDOMAIN";
  EXPECT_EQ(run_once(check).status, CheckStatus::up);
  outcome = run_once(asking("elsewhere.test", "A"));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.reason, "REFUSED, expected NOERROR");
  outcome = run_once(asking("ns.example.test", "AAAA"));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.reason, "the answer has no AAAA record");
}

TEST_F(RealNameServer, ACutAnswerIsAskedForAgainByTcp) {
  auto check = asking("long.example.test", "TXT");
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_dns_answer_rrs"), 20);
  EXPECT_EQ(outcome.details.at("transport"), "tcp");
  EXPECT_TRUE(outcome.phases.connect.has_value());
}

TEST_F(RealNameServer, TcpAndIpv6ByChoice) {
  auto check = asking("www.example.test", "A");
  check.use<DnsSettings>().transport = "tcp";
  auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.details.at("transport"), "tcp");
  for (const char* transport : {"udp", "tcp"}) {
    check.use<DnsSettings>().transport = transport;
    check.use<DnsSettings>().server = server->v6();
    check.use<DnsSettings>().ip_version = "6";
    outcome = run_once(check);
    EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
    EXPECT_EQ(value_of(outcome, "probe_ip_protocol"), 6);
  }
}

TEST_F(RealNameServer, TheCheckersOwnServerIsAskedWhenNoneIsNamed) {
  EngineSettings::Wishes wishes;
  wishes.dns_servers = {server->v4()};
  wishes.denied_networks = {"127.0.0.0/8"};
  auto check = asking("www.example.test", "A");
  check.use<DnsSettings>().server = "";
  EXPECT_EQ(run_once(check, wishes).status, CheckStatus::up);
  check.use<DnsSettings>().server = server->v4();
  const auto denied = run_once(check, wishes);
  EXPECT_EQ(denied.status, CheckStatus::unknown);
  EXPECT_NE(denied.reason.find("may not be checked"), std::string::npos) << denied.reason;
}

TEST_F(RealNameServer, TheServerMayBeNamed) {
  EngineSettings::Wishes wishes;
  wishes.dns_servers = {server->v4()};
  auto check = asking("www.example.test", "A");
  check.use<DnsSettings>().server = "ns.example.test" + server->v4().substr(9);
  EXPECT_EQ(run_once(check, wishes).status, CheckStatus::up);
}

TEST(DnsProbe, SilenceIsDownOfANamedServerAndUnknownOfOurs) {
  const ToldNameServer silent([](const std::string&) { return std::vector<std::string>{}; });
  auto check = asking(silent, 300ms);
  auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("the answer of 127.0.0.1"), std::string::npos) << outcome.reason;
  EXPECT_GE(outcome.duration, 300ms);
  EXPECT_GT(silent.asked(), 1) << "a lost datagram is sent again";
  EngineSettings::Wishes wishes;
  wishes.dns_servers = {silent.address()};
  check.use<DnsSettings>().server = "";
  EXPECT_EQ(run_once(check, wishes).status, CheckStatus::unknown);
}

TEST(DnsProbe, AClosedPortIsToldAtOnce) {
  std::string address;
  {
    address =
        ToldNameServer([](const std::string&) { return std::vector<std::string>{}; }).address();
  }
  auto check = check_of(CheckKind::dns, "www.example.test");
  for (const char* transport : {"udp", "tcp"}) {
    check.use<DnsSettings>().server = address;
    check.use<DnsSettings>().transport = transport;
    const auto outcome = run_once(check);
    EXPECT_EQ(outcome.status, CheckStatus::down);
    EXPECT_NE(to_lower(outcome.reason).find("refused"), std::string::npos) << outcome.reason;
    EXPECT_LT(outcome.duration, 1s);
  }
}

TEST(DnsProbe, ALostDatagramIsForgiven) {
  int count = 0;
  const ToldNameServer server([&](const std::string& query) {
    return ++count < 2 ? std::vector<std::string>{}
                       : std::vector<std::string>{dns_reply(query, 0, {dns_a("192.0.2.1")})};
  });
  const auto outcome = run_once(asking(server, 900ms));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.details.at("attempts"), "2");
}

TEST(DnsProbe, ServerFailureIsDownUnlessExpected) {
  const ToldNameServer server(
      [](const std::string& query) { return std::vector<std::string>{dns_reply(query, 2, {})}; });
  auto check = asking(server, 2s);
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.reason, "SERVFAIL, expected NOERROR");
  check.use<DnsSettings>().expected_code = "SERVFAIL";
  EXPECT_EQ(run_once(check).status, CheckStatus::up);
}

TEST(DnsProbe, WhatAForgerSendsDoesNotCount) {
  const ToldNameServer server([](const std::string& query) {
    const std::string good = dns_reply(query, 0, {dns_a("192.0.2.1")});
    const std::string forged = dns_reply(query, 0, {dns_a("203.0.113.66")});
    std::string wrong_id = forged;
    wrong_id[0] ^= 0x40;
    std::string wrong_case = forged;
    for (char& c : wrong_case) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    if (wrong_case == forged) wrong_case = wrong_id;  // all letters were lower case: one in 2^14
    std::string wrong_type = forged;
    wrong_type[12 + 18 + 1] = 28;
    return std::vector<std::string>{wrong_id, wrong_case, wrong_type, "", "x", query, good};
  });
  const auto outcome = run_once(asking(server, 2s));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.details.at("answers"), "192.0.2.1");
}

TEST(DnsProbe, ABrokenAnswerIsDownAndNamed) {
  const ToldNameServer server([](const std::string& query) {
    std::string reply = dns_reply(query, 0, {dns_a("192.0.2.1")});
    reply.resize(reply.size() - 2);
    return std::vector<std::string>{reply};
  });
  const auto outcome = run_once(asking(server, 2s));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.reason, "broken answer of 127.0.0.1: not whole");
}

TEST(DnsProbe, AServerWithoutEdnsIsAskedWithout) {
  const ToldNameServer server([](const std::string& query) {
    const bool edns = query[11] == 1;
    std::string refusal = query.substr(0, 2) + std::string("\x81\x01\0\0\0\0\0\0\0\0", 10);
    return std::vector<std::string>{edns ? refusal : dns_reply(query, 0, {dns_a("192.0.2.1")})};
  });
  const auto outcome = run_once(asking(server, 2s));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
}

TEST(DnsProbe, OverTcpAServerMayKnowNoEdnsAndNoCase) {
  const Target server([](int fd) {
    char size[2]{};
    if (recv(fd, size, 2, MSG_WAITALL) != 2) return;
    std::string query(static_cast<unsigned char>(size[1]), '\0');
    if (recv(fd, query.data(), query.size(), MSG_WAITALL) <= 0) return;
    const bool edns = query[11] == 1;
    std::string reply = query.substr(0, 2) + std::string("\x81\x01\0\0\0\0\0\0\0\0", 10);
    if (!edns) reply = with_small_letters(dns_reply(query, 0, {dns_a("192.0.2.1")}));
    write_all(fd, std::string(1, '\0') + static_cast<char>(reply.size()) + reply);
  });
  auto check = check_of(CheckKind::dns, "www.example.test", 2s);
  check.use<DnsSettings>().server = "127.0.0.1:" + std::to_string(server.port());
  check.use<DnsSettings>().transport = "tcp";
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(server.accepted(), 2);
}

TEST(DnsProbe, AServerThatDoesNotKeepTheCaseIsUpAtLast) {
  const ToldNameServer server([](const std::string& query) {
    return std::vector<std::string>{with_small_letters(dns_reply(query, 0, {dns_a("192.0.2.1")}))};
  });
  const auto outcome = run_once(asking(server, 900ms));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.details.at("answers"), "192.0.2.1");
}

TEST(DnsProbe, AServerOnIpv6Alone) {
  const ToldNameServer server(
      [](const std::string& query) {
        return std::vector<std::string>{dns_reply(query, 0, {dns_a("192.0.2.1")})};
      },
      true);
  auto check = asking(server, 2s);
  EXPECT_EQ(run_once(check).status, CheckStatus::up);
  check.use<DnsSettings>().ip_version = "4";
  EXPECT_NE(run_once(check).status, CheckStatus::up);
}

// M-029: change detection.
TEST(DnsProbe, AChangedAnswerWarnsOnce) {
  std::atomic<bool> moved{false};
  const ToldNameServer server([&](const std::string& query) {
    const std::string second = moved ? "192.0.2.3" : "192.0.2.2";
    return std::vector<std::string>{dns_reply(query, 0, {dns_a(second), dns_a("192.0.2.1")})};
  });
  auto check = asking(server, 2s);
  check.use<DnsSettings>().watch_changes = true;
  const auto settings = EngineSettings::make({}).value();
  const auto first = run_with(settings, check);
  EXPECT_EQ(first.reason, "");
  EXPECT_EQ(run_with(settings, check).reason, "");
  moved = true;
  const auto changed = run_with(settings, check);
  EXPECT_EQ(changed.status, CheckStatus::up);
  EXPECT_EQ(changed.reason,
            "the answers have changed from 192.0.2.1,192.0.2.2 to 192.0.2.1, 192.0.2.3");
  EXPECT_NE(value_of(changed, "probe_dns_answer_hash"), value_of(first, "probe_dns_answer_hash"));
  EXPECT_EQ(run_with(settings, check).reason, "");
}

}  // namespace monitron::probe
