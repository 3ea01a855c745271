#include "domain/check.hpp"

#include "domain/check_result.hpp"
#include "domain/check_slots.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {

namespace {

CheckDefinition web_check() {
  CheckDefinition check;
  check.id = CheckId::make();
  check.name = "web";
  check.target = "http://127.0.0.1:80/";
  return check;
}

}  // namespace

TEST(Check, AGoodDefinitionHasNoProblems) { EXPECT_TRUE(problems_of(web_check()).empty()); }

TEST(Check, ProblemsNameTheMember) {
  CheckDefinition check = web_check();
  check.use<domain::HttpSettings>().expected_status = {"200", "9-7"};
  check.timeout = std::chrono::seconds(61);
  const auto problems = problems_of(check);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].field, "timeout_seconds");
  EXPECT_EQ(problems[1].field, "settings.http.expected_status[1]");
}

// Through libcurl no connection outlives its run: what has no effect is not taken.
TEST(Check, AConnectionIsKeptByHttp11WithoutAProxyAlone) {
  auto check = web_check();
  auto& http = check.use<HttpSettings>();
  http.reuse_connection = true;
  EXPECT_TRUE(problems_of(check).empty());
  http.proxy = "http://proxy.example:3128";
  ASSERT_EQ(problems_of(check).size(), 1u);
  EXPECT_EQ(problems_of(check)[0].field, "settings.http.reuse_connection");
  http.proxy.clear();
  http.http_version = "2";
  ASSERT_EQ(problems_of(check).size(), 1u);
  EXPECT_EQ(problems_of(check)[0].field, "settings.http.reuse_connection");
}

TEST(Check, HeadersCannotSmuggleLines) {
  CheckDefinition check = web_check();
  check.use<domain::HttpSettings>().headers["x-a"] = "b\r\nHost: evil";
  EXPECT_EQ(problems_of(check).size(), 1U);
}

TEST(Check, SecretsCannotSmuggleLinesEither) {
  CheckDefinition check = web_check();
  check.use<domain::HttpSettings>().bearer_token.text = "a\r\nHost: evil";
  EXPECT_EQ(problems_of(check).at(0).field, "settings.http.bearer_token");
  check.use<domain::HttpSettings>().bearer_token.text = "sealed:1:0:" + std::string(20'000, 'x');
  EXPECT_TRUE(problems_of(check).empty()) << "looked at before it was sealed";
}

TEST(Check, HostsAndPortsAreTakenApart) {
  EXPECT_EQ(parse_host_port("[::1]:443")->host, "::1");
  EXPECT_EQ(parse_host_port("example.org:25")->port, 25);
  for (const char* bad : {"example.org", "::1:443", "a:0", "a:65536", ":1", "a/b:1", "u@h:1"}) {
    EXPECT_FALSE(parse_host_port(bad)) << bad;
  }
}

// Who mistypes a number is told what it may be.
TEST(Check, ProblemsTellWhatWouldBeGood) {
  const auto complaint = [](CheckKind kind, const std::string& target) {
    CheckDefinition check;
    check.name = "one";
    check.target = target;
    check.type = std::string(to_string(kind));
    check.settings = default_settings(kind);
    check.interval = std::chrono::hours(24);
    const auto problems = problems_of(check);
    return problems.empty() ? "" : problems[0].field + " " + problems[0].message;
  };
  const std::string port = "target has a port that is not 1 to 65535: ";
  EXPECT_EQ(complaint(CheckKind::http, "http://shop:99999/x"), port + "99999");
  EXPECT_EQ(complaint(CheckKind::http, "http://[::1]:0/"), port + "0");
  EXPECT_EQ(complaint(CheckKind::tcp, "shop:70000"), port + "70000");
  EXPECT_EQ(complaint(CheckKind::tcp, "shop"), "target must look like host:port");
  EXPECT_EQ(complaint(CheckKind::domain, "127.0.0.1"),
            "target must be a domain name, not an IP address");
  EXPECT_EQ(complaint(CheckKind::domain, "x"),
            "target must be a registered domain, like example.org");
  EXPECT_EQ(complaint(CheckKind::domain, "example.org"), "");
  EXPECT_EQ(complaint(CheckKind::dns, "x"), "");
  auto check = web_check();
  auto& http = check.use<HttpSettings>();
  http.expected_status = {"700"};
  http.json = {{"$.queue", "<", ""}, {"$.queue", "==", ""}};
  const auto problems = problems_of(check);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].message, "must be a status of 100 to 599, or a range like 200-299");
  EXPECT_EQ(problems[1].field, "settings.http.json[0].value");
  EXPECT_EQ(problems[1].message, "is needed for <");
}

TEST(Check, AScriptIsAPlainFileName) {
  CheckDefinition check = web_check();
  check.use<domain::ScriptSettings>();
  check.target = "db1";
  check.use<domain::ScriptSettings>() = {"check_load.sh", {"-w", "5,4,3"}};
  EXPECT_TRUE(problems_of(check).empty());
  for (const char* bad :
       {"", ".", "..", "../a", "/bin/sh", "a/b", ".hidden", "-x", "a b", "a\nb"}) {
    check.use<domain::ScriptSettings>().command = bad;
    const auto problems = problems_of(check);
    ASSERT_EQ(problems.size(), 1U) << bad;
    EXPECT_EQ(problems[0].field, "settings.script.command");
  }
  check.use<domain::ScriptSettings>() = {"a", {"good", std::string("a\0b", 3)}};
  EXPECT_EQ(problems_of(check).at(0).field, "settings.script.arguments[1]");
  check.use<domain::ScriptSettings>().arguments = {std::string(kScriptArgumentBytes, 'x'), "y"};
  EXPECT_EQ(problems_of(check).at(0).field, "settings.script.arguments");
}

TEST(CheckResult, AnUnknownResultHasNoSuccessSample) {
  ProbeOutcome outcome;
  outcome.phases.connect = std::chrono::microseconds(1500);
  const auto samples =
      samples_of(make_result(web_check(), "default", from_ms(1000), from_ms(1001), outcome));
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].name, "probe_duration_seconds");
  EXPECT_DOUBLE_EQ(samples[1].value, 0.0015);
}

RC_GTEST_PROP(CheckSlots, EachIntervalHasExactlyOneSlot, ()) {
  const CheckId id = CheckId::make();
  const std::chrono::seconds interval(*rc::gen::inRange(1, 400));
  const auto start = *rc::gen::inRange<std::int64_t>(1'000'000'000, 2'000'000'000);
  std::vector<Instant> slots;
  for (std::int64_t s = 0; s < interval.count() * 3; ++s) {
    const Instant second = from_ms((start + s) * 1000);
    if (const auto slot = slot_in_second(id, interval, second)) {
      RC_ASSERT(*slot >= second);
      RC_ASSERT(*slot < second + std::chrono::seconds(1));
      slots.push_back(*slot);
    }
  }
  RC_ASSERT(slots.size() == 3U);
  RC_ASSERT(slots[1] - slots[0] == interval);
  RC_ASSERT(slots[2] - slots[1] == interval);
}

// M-126.
TEST(Check, ARegistryIsAskedOnceADayAtMost) {
  CheckDefinition check = web_check();
  check.use<DomainSettings>();
  check.target = "example.org";
  check.interval = std::chrono::hours(24);
  EXPECT_TRUE(problems_of(check).empty());
  check.interval = std::chrono::hours(23);
  check.retry_interval = std::chrono::seconds(60);
  const auto problems = problems_of(check);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].field, "interval_seconds");
  EXPECT_EQ(problems[1].field, "retry_interval_seconds");
}

TEST(Check, AnswersOfDnsFitTheirTypeAndCode) {
  CheckDefinition check = web_check();
  auto& dns = check.use<DnsSettings>();
  check.target = "example.org.";
  dns.expected = {"192.0.2.1", "2001:db8::1"};
  EXPECT_TRUE(problems_of(check).empty());
  dns.expected = {"www.example.org"};
  EXPECT_EQ(problems_of(check).size(), 1U);
  dns.record_type = "CNAME";
  EXPECT_TRUE(problems_of(check).empty());
  dns.expected_code = "NXDOMAIN";
  EXPECT_EQ(problems_of(check).size(), 1U);
  dns = DnsSettings();
  dns.record_type = "PTR";
  check.target = "2001:db8::1";
  EXPECT_TRUE(problems_of(check).empty());
}

TEST(CheckTexts, EscapesBecomeBytes) {
  EXPECT_EQ(parse_escapes("PING\\r\\n\\x00\\xfF\\\\").value(), std::string("PING\r\n\0\xff\\", 9));
  for (const char* bad : {"\\", "\\q", "\\x", "\\x1", "\\xg0"})
    EXPECT_FALSE(parse_escapes(bad)) << bad;
  CheckDefinition check;
  check.use<TcpSettings>().use_tls = true;
  check.use<TcpSettings>().starttls = "smtp";
  const auto problems = problems_of(check);
  EXPECT_TRUE(std::any_of(problems.begin(), problems.end(),
                          [](const auto& one) { return one.field == "settings.tcp.starttls"; }));
}

}  // namespace monitron::domain
