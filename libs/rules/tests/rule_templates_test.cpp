#include "rules/rule_templates.hpp"

#include "domain/metric_metadata.hpp"
#include "promql/parser.hpp"
#include "rules/elements.hpp"
#include "rules/template.hpp"
#include "rules/test_series.hpp"
#include "rules/threshold_query.hpp"

#include <gtest/gtest.h>

namespace monitron::rules {
namespace {

constexpr std::int64_t kMinute = 60'000;

using SeriesList = std::vector<std::pair<std::string, std::string>>;

// A value each minute, looked at after four hours.
struct Case {
  SeriesList fires{};
  SeriesList stays_quiet{};
};

const std::string kHost = "instance=\"h\", server_id=\"1\"";
const std::string kDisk = "device=\"d\", mountpoint=\"/\", fstype=\"ext4\", " + kHost;
const std::string kCheck = "check=\"c\", check_id=\"1\", location=\"l\"";

std::string of(const std::string& metric, const std::string& labels) {
  return metric + "{" + labels + "}";
}
SeriesList one(const std::string& metric, const std::string& labels, const std::string& values) {
  return {{of(metric, labels), values}};
}

SeriesList load(const char* value) {
  return {{of("node_load5", kHost), value},
          {of("node_cpu_usage_ratio", "core=\"total\", " + kHost), "1x240"},
          {of("node_cpu_usage_ratio", "core=\"0\", " + kHost), "1x240"},
          {of("node_cpu_usage_ratio", "core=\"1\", " + kHost), "1x240"}};
}
SeriesList two(const std::string& a, const std::string& b, const std::string& labels,
               const std::string& values_a, const std::string& values_b) {
  return {{of(a, labels), values_a}, {of(b, labels), values_b}};
}

std::map<std::string, Case> cases_of_clocks() {
  return {
      {"clock_skew",
       {one("node_timex_offset_seconds", kHost, "-0.051x240"),
        one("node_timex_offset_seconds", kHost, "0.05x240")}},
      {"clock_unsynchronised",
       {two("node_timex_maxerror_seconds", "node_timex_sync_status", kHost, "16x240", "0x240"),
        two("node_timex_maxerror_seconds", "node_timex_sync_status", kHost, "16x240", "1x240")}}};
}

const std::string kEdge = "direction=\"outbound\", peer=\"p\", port=\"80\", " + kHost;
const std::string kInbound =
    "direction=\"inbound\", peer=\"p\", port=\"5432\", service_type=\"postgresql\", " + kHost;
const std::string kListener = "address=\"::\", port=\"80\", " + kHost;

SeriesList failures(const char* refused, const char* opened) {
  return {{of("connection_failed_total", "cause=\"refused\", " + kEdge), refused},
          {of("connection_failed_total", "cause=\"reset\", " + kEdge), "0x240"},
          {of("connection_opened_total", kEdge), opened}};
}

SeriesList churn(const char* ended, const char* seconds) {
  return {{of("connection_closed_total", kEdge), ended},
          {of("connection_duration_seconds_count", kEdge), ended},
          {of("connection_duration_seconds_sum", kEdge), seconds}};
}

// So many ports of one peer, tried in the last minute.
SeriesList scan(int ports) {
  SeriesList list;
  for (int port = 1; port <= ports; ++port) {
    const auto which =
        "direction=\"outbound\", peer=\"p\", port=\"" + std::to_string(port) + "\", ";
    list.emplace_back(of("connection_failed_total", "cause=\"refused\", " + which + kHost),
                      "_x239 0 1");
    list.emplace_back(of("connection_opened_total", which + kHost), "_x239 0 0");
  }
  return list;
}

// C-008, C-009, C-012, C-013, C-016, C-017, C-023, C-030.
std::map<std::string, Case> cases_of_connections() {
  const std::string other =
      "direction=\"inbound\", peer=\"q\", port=\"5432\", "
      "service_type=\"postgresql\", " +
      kHost;
  const auto from = [](const std::string& peer) {
    return "direction=\"inbound\", peer=\"" + peer +
           "\", port=\"5432\", service_type=\"postgresql\", " + kHost;
  };
  const auto stranger = from("203.0.113.9"), guest = from("10.1.2.0/24");
  return {
      {"connection_failures", {failures("0+2x240", "0+30x240"), failures("0+2x240", "0+50x240")}},
      {"connection_retries", {failures("0+3x240", "5x240"), failures("0+3x240", "0+1x240")}},
      {"service_gone",
       {one("connection_listener_up", kListener, "1x230 0x10"),
        one("connection_listener_up", kListener, "0x230 1x10")}},
      {"backlog_full",
       {two("connection_listener_waiting", "connection_listener_waiting_limit", kListener,
            "104x240", "128x240"),
        two("connection_listener_waiting", "connection_listener_waiting_limit", kListener, "0x240",
            "0x240")}},
      {"connection_spike",
       {one("connection_opened_total", kInbound, "0+60x235 14400+1200x5"),
        one("connection_opened_total", kInbound, "0+1200x240")}},
      {"connection_drop",
       {one("connection_open", kInbound, "20x236 1x4"),
        one("connection_open", kInbound, "4x236 0x4")}},
      {"connection_churn", {churn("0+900x240", "0+90x240"), churn("0+900x240", "0+9000x240")}},
      {"connection_slow",
       {one("connection_rtt_seconds", kEdge, "0.251x240"),
        one("connection_rtt_seconds", kEdge, "0.25x240")}},
      {"connection_loss",
       {two("connection_resent_segments_total", "connection_sent_segments_total", kEdge, "0+9x240",
            "0+300x240"),
        two("connection_resent_segments_total", "connection_sent_segments_total", kEdge, "0+9x240",
            "0+30x240")}},
      {"receiver_limited",
       {two("connection_receiver_limited_seconds_total", "connection_busy_seconds_total", kEdge,
            "0+40x240", "0+60x240"),
        two("connection_receiver_limited_seconds_total", "connection_busy_seconds_total", kEdge,
            "0+20x240", "0+60x240")}},
      {"new_peer",
       {{{of("connection_opened_total", kInbound), "0+1x240"},
         {of("connection_opened_total", other), "_x237 0 1 1 1"}},
        one("connection_opened_total", kInbound, "0+1x240")}},
      {"unauthorised_peer",
       {two("connection_opened_total", "connection_open", stranger, "0x237 1x3", "0x237 1x3"),
        two("connection_opened_total", "connection_open", guest, "0x237 1x3", "0x237 1x3")}},
      // It is four in the morning.
      {"off_hours",
       {one("connection_opened_total", kInbound, "0x238 1x2"),
        one("connection_opened_total", kInbound, "1x240")}},
      {"port_scan", {scan(11), scan(10)}},
      {"closed_ports",
       {one("node_netstat_Tcp_OutRsts", kHost, "0+900x240"),
        one("node_netstat_Tcp_OutRsts", kHost, "0+60x240")}}};
}

std::map<std::string, Case> cases() {
  const std::string total = "core=\"total\", " + kHost;
  const std::string http = "kind=\"http\", " + kCheck;
  return {
      {"cpu_high",
       {one("node_cpu_usage_ratio", total, "0.81x240"),
        one("node_cpu_usage_ratio", total, "0.8x240")}},
      {"memory_high",
       {one("node_memory_used_ratio", kHost, "0.86x240"),
        one("node_memory_used_ratio", kHost, "0.85x240")}},
      {"load_high", {load("4.1x240"), load("4x240")}},
      {"swap_high",
       {two("node_memory_SwapFree_bytes", "node_memory_SwapTotal_bytes", kHost, "49x240",
            "100x240"),
        two("node_memory_SwapFree_bytes", "node_memory_SwapTotal_bytes", kHost, "0x240", "0x240")}},
      {"host_restarted",
       {two("node_time_seconds", "node_boot_time_seconds", kHost, "1000x240", "700x240"),
        two("node_time_seconds", "node_boot_time_seconds", kHost, "1000x240", "400x240")}},
      {"disk_high",
       {one("node_filesystem_used_ratio", kDisk, "0.91x240"),
        one("node_filesystem_used_ratio", kDisk, "0.9x240")}},
      // 1,440 minutes on: 2,000 bytes at 2 a minute are gone, at 1 a minute they are not.
      {"disk_full_soon",
       {two("node_filesystem_avail_bytes", "node_filesystem_used_ratio", kDisk, "2480-2x240",
            "0.6x240"),
        two("node_filesystem_avail_bytes", "node_filesystem_used_ratio", kDisk, "2240-1x240",
            "0.6x240")}},
      {"inodes_high",
       {two("node_filesystem_files_free", "node_filesystem_files", kDisk, "9x240", "100x240"),
        two("node_filesystem_files_free", "node_filesystem_files", kDisk, "11x240", "100x240")}},
      {"network_errors",
       {two("node_network_receive_errs_total", "node_network_transmit_errs_total",
            "device=\"e\", " + kHost, "0+60x240", "0+60x240"),
        two("node_network_receive_errs_total", "node_network_transmit_errs_total",
            "device=\"e\", " + kHost, "0+30x240", "0+20x240")}},
      {"tcp_retransmits",
       {one("probe_tcp_retransmits", kCheck, "1x240"),
        one("probe_tcp_retransmits", kCheck, "9x200 0x40")}},
      {"packet_loss",
       {one("probe_icmp_packet_loss_ratio", kCheck, "0x230 0.4x10"),
        one("probe_icmp_packet_loss_ratio", kCheck, "0x238 0.4x2")}},
      {"connect_failures",
       {one("probe_success", "kind=\"tcp\", " + kCheck, "1x230 0x10"),
        one("probe_success", "kind=\"tcp\", " + kCheck, "1x240")}},
      {"response_time_high",
       {one("probe_duration_seconds", http, "1.001x240"),
        one("probe_duration_seconds", http, "1x240")}},
      {"error_rate_high",
       {one("probe_success", http, "1x238 0 1"), one("probe_success", http, "1x200 0x10 1x40")}},
      {"certificate_expiry",
       {one("probe_ssl_expiry_days", kCheck, "13x240"),
        one("probe_ssl_expiry_days", kCheck, "14x240")}},
      {"domain_expiry",
       {one("probe_domain_days_left", kCheck, "29x240"),
        one("probe_domain_days_left", kCheck, "30x240")}}};
}

promql::Expr expression_of(const RuleTemplate& rule) {
  auto text = rule.expr;
  if (rule.kind == "threshold") {
    const auto threshold = domain::parse_threshold(text);
    EXPECT_TRUE(threshold) << rule.id << ": " << threshold.error().text;
    if (threshold) text = query_of(*threshold, rule.label_selector);
  }
  const auto expr = promql::parse(text);
  EXPECT_TRUE(expr) << rule.id << ": " << expr.error().text;
  return expr.value_or(nullptr);
}

Elements elements_at_the_end(const RuleTemplate& rule, const SeriesList& list) {
  TestSeries series;
  for (const auto& [name, values] : list) {
    series.put(*read_series_name(name), *read_series_values(values, kMinute, 1000));
  }
  series.show_until(240 * kMinute);
  promql::Budget budget({});
  const auto outcome =
      promql::query_instant(expression_of(rule), 240 * kMinute, series, budget, {});
  EXPECT_TRUE(outcome) << outcome.error().text;
  return outcome ? elements_of(outcome->value).value_or(Elements{}) : Elements{};
}

RuleTemplate preset(const RuleTemplate& rule) {
  Complaints complaints;
  auto made = with_parameters(rule, {}, complaints);
  EXPECT_TRUE(complaints.empty()) << rule.id;
  return made;
}

// M-002, T-038, T-039, T-040, T-041.
TEST(RuleTemplates, EachFiresWhenItShouldAndOnlyThen) {
  auto all = cases();
  all.merge(cases_of_clocks());
  all.merge(cases_of_connections());
  std::size_t evaluated = 0;
  for (const auto& rule : rule_templates()) {
    if (rule.expr.empty()) {
      EXPECT_TRUE(rule.kind == "check_state" || rule.kind == "instance_silent" ||
                  rule.kind == "rule_failing")
          << rule.id;
      continue;
    }
    if (rule.kind == "anomaly") continue;  // its expression is what is watched
    const auto found = all.find(rule.id);
    ASSERT_NE(found, all.end()) << rule.id << " is not tried";
    ++evaluated;
    const auto fires = elements_at_the_end(preset(rule), found->second.fires);
    ASSERT_EQ(fires.size(), 1U) << rule.id;
    EXPECT_EQ(elements_at_the_end(preset(rule), found->second.stays_quiet).size(), 0U) << rule.id;
    // People read which one it is.
    const auto told = filled(rule.annotations, fires[0].labels, fires[0].value).at("summary");
    EXPECT_EQ(told.find("{{"), std::string::npos) << told;
    EXPECT_EQ(told.find("${"), std::string::npos) << told;
    const auto& who = fires[0].labels.at(fires[0].labels.contains("check") ? "check" : "instance");
    EXPECT_EQ(told.find(who), 0U) << told;
  }
  EXPECT_EQ(evaluated, all.size());
}

// Without samples; remembers what was asked for.
class NamesOfSeries : public promql::Source {
 public:
  Result<void> select(const promql::Selection& selection, promql::Budget&, const Visit&) override {
    for (const auto& matcher : selection.matchers) {
      if (matcher.name() == promql::kMetricName) names.insert(matcher.value());
    }
    return {};
  }
  std::set<std::string> names;
};

// What they read is what agents and checkers measure.
TEST(RuleTemplates, ReadOnlySeriesThatExist) {
  NamesOfSeries series;
  for (const auto& rule : rule_templates()) {
    if (rule.expr.empty()) continue;
    promql::Budget budget({});
    EXPECT_TRUE(promql::query_instant(expression_of(preset(rule)), 0, series, budget, {}))
        << rule.id;
  }
  EXPECT_GE(series.names.size(), 19U);
  for (const auto& name : series.names) EXPECT_NE(domain::own_metadata(name), nullptr) << name;
}

TEST(RuleTemplates, ParametersArePutInWithinTheirBounds) {
  const auto* cpu = find_rule_template("cpu_high");
  ASSERT_NE(cpu, nullptr);
  Complaints complaints;
  EXPECT_EQ(with_parameters(*cpu, {{"limit", 95.0}}, complaints).expr,
            "node_cpu_usage_ratio{core=\"total\"} > 0.95");
  EXPECT_TRUE(complaints.empty());
  EXPECT_EQ(preset(*find_rule_template("disk_full_soon")).expr,
            "predict_linear(node_filesystem_avail_bytes[3h], 86400) < 0 and "
            "node_filesystem_used_ratio > 0.5");
  (void)with_parameters(*cpu, {{"limit", 101.0}, {"cores", 2.0}}, complaints);
  EXPECT_EQ(complaints, (Complaints{{"cores", "is no parameter of the template"},
                                    {"limit", "must be between 0 and 100"}}));
  complaints.clear();
  (void)with_parameters(*cpu, {{"limit", std::numeric_limits<double>::quiet_NaN()}}, complaints);
  EXPECT_EQ(complaints.size(), 1U);
  EXPECT_EQ(find_rule_template("nothing"), nullptr);
}

// C-011, C-012
TEST(RuleTemplates, AddressesAreReadAndQuoted) {
  const auto* rule = find_rule_template("unauthorised_peer");
  ASSERT_NE(rule, nullptr);
  Complaints complaints;
  const auto made = with_parameters(
      *rule, {{"port", 6379.0}, {"allowed", std::string(" 10.0.0.1,2001:db8::/32 ")}}, complaints);
  EXPECT_TRUE(complaints.empty());
  EXPECT_NE(made.expr.find(R"("peer", "10.0.0.1", "2001:db8::/32"))"), std::string::npos)
      << made.expr;
  EXPECT_NE(made.expr.find("port=\"6379\""), std::string::npos);
  const std::pair<ParameterValue, const char*> refused[] = {
      {" , ", "needs an address or a network"},
      {"10.0.0.0/8, db-1", "'db-1' is neither an address nor a network"},
      {"1.2.3.4\") or vector(1", "'1.2.3.4\")' is neither an address nor a network"},
      {7.0, "must be a text"}};
  for (const auto& [value, reason] : refused) {
    complaints.clear();
    (void)with_parameters(*rule, {{"allowed", value}}, complaints);
    EXPECT_EQ(complaints, (Complaints{{"allowed", reason}}));
  }
  std::string many;
  for (std::size_t i = 0; i <= kMostAddresses; ++i) many += "10.0.0." + std::to_string(i) + " ";
  complaints.clear();
  (void)with_parameters(*rule, {{"allowed", many}}, complaints);
  EXPECT_EQ(complaints.at("allowed"), "takes at most 100 of them");
  complaints.clear();
  (void)with_parameters(*rule, {{"port", std::string("5432")}}, complaints);
  EXPECT_EQ(complaints.at("port"), "must be a number");
}

// M-003: numbers of rules on anomalies are theirs, and in no expression.
TEST(RuleTemplates, OnWhatIsUnusualAreSetByTheirNumbers) {
  std::size_t anomalies = 0;
  for (const auto& rule : rule_templates()) {
    if (rule.kind != "anomaly") continue;
    ++anomalies;
    Complaints complaints;
    const auto made = with_parameters(rule, {{"sensitivity", 7.0}}, complaints);
    EXPECT_TRUE(complaints.empty()) << rule.id;
    EXPECT_EQ(made.anomaly.sensitivity, 7) << rule.id;
    EXPECT_GT(made.anomaly.min_change, 0) << rule.id;
    EXPECT_EQ(made.expr, rule.expr);
    const auto told = filled(rule.annotations, {{"instance", "x"}, {"check", "x"}}, 1);
    EXPECT_EQ(told.at("summary").find('x'), 0U) << rule.id;
  }
  EXPECT_EQ(anomalies, 3U);
  Complaints complaints;
  const auto traffic =
      with_parameters(*find_rule_template("traffic_unusual"), {{"least", 2.0}}, complaints);
  EXPECT_EQ(traffic.anomaly.min_change, 2048);
}

TEST(RuleTemplates, AreDifferentAndSayWhatTheyAre) {
  std::set<std::string> ids;
  for (const auto& rule : rule_templates()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_FALSE(rule.name.empty() || rule.summary.empty()) << rule.id;
    for (const auto& parameter : rule.parameters) {
      const bool placed = rule.expr.find("${" + parameter.name + "}") != std::string::npos;
      EXPECT_NE(placed, parameter.field != nullptr) << rule.id;
      EXPECT_TRUE(parameter.min <= parameter.preset && parameter.preset <= parameter.max);
    }
  }
}

}  // namespace
}  // namespace monitron::rules
