#include "rules/rule_templates.hpp"

#include "base/ip_network.hpp"
#include "promql/query.hpp"
#include "rules/connection_templates.hpp"

#include <algorithm>

namespace monitron::rules {
namespace {

// What the text has for ${name} becomes the value.
void put_in(std::string& text, const std::string& name, const std::string& value) {
  const auto place = "${" + name + "}";
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at)) {
    text.replace(at, place.size(), value);
    at += value.size();
  }
}

std::vector<RuleTemplate> of_hosts() {
  return {
      {.id = "host_down",
       .name = "Instance is silent",
       .summary = "An instance that sent something before has sent nothing for some minutes",
       .kind = "instance_silent",
       .severity = "critical",
       .for_seconds = 300,
       .annotations = {{"summary", "{{ $labels.instance }} sends nothing any more"}}},
      {.id = "cpu_high",
       .name = "Processors are busy",
       .summary = "All cores together are busy beyond the limit",
       .kind = "threshold",
       .expr = "node_cpu_usage_ratio{core=\"total\"} > ${limit}",
       .for_seconds = 300,
       .annotations = {{"summary", std::string("{{ $labels.instance }}: processors ") + kPercent}},
       .parameters = {percent("limit", "Busy more than", 80)}},
      {.id = "memory_high",
       .name = "Memory is short",
       .summary = "More of the memory is in use than the limit; caches that can go do not count",
       .kind = "threshold",
       .expr = "node_memory_used_ratio > ${limit}",
       .for_seconds = 300,
       .annotations = {{"summary", std::string("{{ $labels.instance }}: memory ") + kPercent}},
       .parameters = {percent("limit", "In use more than", 85)}},
      {.id = "load_high",
       .name = "Load is high",
       .summary = "The load average of five minutes, per core",
       .kind = "promql",
       .expr = "node_load5 / on (server_id) group_left () "
               "count by (server_id) (node_cpu_usage_ratio{core!=\"total\"}) > ${limit}",
       .for_seconds = 600,
       .annotations = {{"summary",
                        "{{ $labels.instance }}: load {{ $value | humanize }} per core"}},
       .parameters = {{"limit", "Load per core above", "", 2, 0.1, 100}}},
      {.id = "swap_high",
       .name = "Swap is in use",
       .summary = "More of the swap space is in use than the limit",
       .kind = "promql",
       .expr = "1 - node_memory_SwapFree_bytes / node_memory_SwapTotal_bytes > ${limit}",
       .for_seconds = 600,
       .annotations = {{"summary", std::string("{{ $labels.instance }}: swap ") + kPercent}},
       .parameters = {percent("limit", "In use more than", 50)}},
      {.id = "host_restarted",
       .name = "Host was restarted",
       .summary = "A host runs since a short time only",
       .kind = "promql",
       .severity = "info",
       .expr = "node_time_seconds - node_boot_time_seconds < ${minutes}",
       .annotations = {{"summary",
                        "{{ $labels.instance }} runs since {{ $value | humanizeDuration }}"}},
       .parameters = {{"minutes", "Runs since less than", "min", 10, 1, 1440, 60}}}};
}

std::vector<RuleTemplate> of_disks() {
  return {
      {.id = "disk_high",
       .name = "File system is full",
       .summary = "More of a file system is in use than the limit",
       .kind = "threshold",
       .severity = "critical",
       .expr = "node_filesystem_used_ratio > ${limit}",
       .for_seconds = 300,
       .annotations = {{"summary",
                        std::string("{{ $labels.instance }}: {{ $labels.mountpoint }} ") +
                            kPercent}},
       .parameters = {percent("limit", "In use more than", 90)}},
      {.id = "disk_full_soon",
       .name = "File system is full soon",
       .summary = "As it has gone on for three hours, a file system will be full within some hours",
       .kind = "promql",
       .expr = "predict_linear(node_filesystem_avail_bytes[3h], ${hours}) < 0 "
               "and node_filesystem_used_ratio > ${used}",
       .for_seconds = 1800,
       .interval_seconds = 60,
       .annotations = {{"summary",
                        "{{ $labels.instance }}: {{ $labels.mountpoint }} will be full soon"}},
       .parameters = {{"hours", "Full within", "h", 24, 1, 720, 3600},
                      percent("used", "And in use more than", 50)}},
      {.id = "inodes_high",
       .name = "File system is out of inodes",
       .summary = "More of the files that a file system can have are there than the limit",
       .kind = "promql",
       .expr = "1 - node_filesystem_files_free / node_filesystem_files > ${limit}",
       .for_seconds = 300,
       .annotations = {{"summary", std::string("{{ $labels.instance }}: inodes of "
                                               "{{ $labels.mountpoint }} ") +
                                       kPercent}},
       .parameters = {percent("limit", "In use more than", 90)}}};
}

std::vector<RuleTemplate> of_networks() {
  return {
      {.id = "network_errors",
       .name = "Network device has errors",
       .summary = "A network device counts errors in receiving and sending",
       .kind = "promql",
       .expr = "rate(node_network_receive_errs_total[5m]) + "
               "rate(node_network_transmit_errs_total[5m]) > ${limit}",
       .for_seconds = 300,
       .annotations = {{"summary",
                        "{{ $labels.instance }}: {{ $labels.device }} has "
                        "{{ $value | humanize }} errors a second"}},
       .parameters = {{"limit", "Errors above", "1/s", 1, 0.001, 1e6}}},
      {.id = "tcp_retransmits",
       .name = "Connections lose packets",
       .summary = "What a check sends by TCP had to be sent again",
       .kind = "promql",
       .expr = "sum_over_time(probe_tcp_retransmits[15m]) > ${limit}",
       .annotations = {{"summary",
                        "{{ $labels.check }} from {{ $labels.location }}: "
                        "{{ $value }} segments sent again in 15 minutes"}},
       .parameters = {{"limit", "In 15 minutes, segments above", "", 5, 0, 1e6}}},
      {.id = "packet_loss",
       .name = "Packets are lost",
       .summary = "Pings are not answered, on the mean of 15 minutes",
       .kind = "promql",
       .expr = "avg_over_time(probe_icmp_packet_loss_ratio[15m]) > ${limit}",
       .annotations = {{"summary", std::string("{{ $labels.check }} from {{ $labels.location }}: "
                                               "packets lost ") +
                                       kPercent}},
       .parameters = {percent("limit", "Lost more than", 10)}},
      {.id = "connect_failures",
       .name = "Connections fail",
       .summary = "Of the TCP connections of a check many fail, on the mean of 15 minutes",
       .kind = "promql",
       .expr = "1 - avg_over_time(probe_success{kind=\"tcp\"}[15m]) > ${limit}",
       .annotations = {{"summary", std::string("{{ $labels.check }} from {{ $labels.location }}: "
                                               "connections failed ") +
                                       kPercent}},
       .parameters = {percent("limit", "Failed more than", 10)}}};
}

std::vector<RuleTemplate> of_checks() {
  return {{.id = "check_down",
           .name = "Check down",
           .summary = "What a check looks at is down, confirmed by its own counts",
           .kind = "check_state",
           .severity = "critical",
           .states = {"down"},
           .annotations = {{"summary", "{{ $labels.check }} is down"}}},
          {.id = "check_warning",
           .name = "Check warns",
           .summary = "What a check looks at is up, and somebody should look at it",
           .kind = "check_state",
           .states = {"warning"},
           .annotations = {{"summary", "{{ $labels.check }} is up, with a warning"}}},
          {.id = "check_flapping",
           .name = "Check is flapping",
           .summary = "A check goes up and down and up again",
           .kind = "check_state",
           .states = {"flapping"},
           .annotations = {{"summary", "{{ $labels.check }} is flapping"}}},
          {.id = "heartbeat_missed",
           .name = "Heartbeat was missed",
           .summary = "A job did not report in time, or reported a failure",
           .kind = "check_state",
           .severity = "critical",
           .label_selector = {{"kind", "heartbeat"}},
           .states = {"down"},
           .annotations = {{"summary", "{{ $labels.check }} did not report in time"}}},
          {.id = "response_time_high",
           .name = "Response is slow",
           .summary = "A web page or API takes longer to answer than the limit",
           .kind = "threshold",
           .expr = "probe_duration_seconds{kind=\"http\"} > ${limit}",
           .for_seconds = 300,
           .annotations = {{"summary",
                            "{{ $labels.check }} takes {{ $value | humanizeDuration }} to answer"}},
           .parameters = {{"limit", "Slower than", "ms", 1000, 1, 600'000, 1, 1000}}},
          {.id = "error_rate_high",
           .name = "Checks fail often",
           .summary =
               "Of the runs of a check more have failed than the limit, in 15 minutes and at all "
               "locations together",
           .kind = "promql",
           .expr = "1 - avg without (location) "
                   "(avg_over_time(probe_success{kind!~\"group|heartbeat\"}[15m])) > ${limit}",
           .for_seconds = 300,
           .annotations = {{"summary", std::string("{{ $labels.check }}: failed ") + kPercent}},
           .parameters = {percent("limit", "Failed more than", 5)}}};
}

std::vector<RuleTemplate> of_expiry() {
  return {{.id = "certificate_expiry",
           .name = "Certificate expires",
           .summary = "A certificate of the chain expires within some days",
           .kind = "threshold",
           .expr = "probe_ssl_expiry_days < ${days}",
           .annotations = {{"summary",
                            "{{ $labels.check }}: a certificate expires in {{ $value }} days"}},
           .parameters = {{"days", "Expires within", "d", 14, 1, 365}}},
          {.id = "domain_expiry",
           .name = "Domain expires",
           .summary = "The registration of a domain ends within some days",
           .kind = "threshold",
           .expr = "probe_domain_days_left < ${days}",
           .annotations = {{"summary",
                            "{{ $labels.check }}: the registration ends in {{ $value }} days"}},
           .parameters = {{"days", "Ends within", "d", 30, 1, 365}}}};
}

std::vector<RuleTemplate> of_clocks() {
  return {
      {.id = "clock_skew",
       .name = "Clock is off",
       .summary = "A host's clock differs from its reference, as far as whoever keeps it tells",
       .kind = "promql",
       .expr = "abs(node_timex_offset_seconds) > ${limit}",
       .for_seconds = 600,
       .annotations = {{"summary",
                        "{{ $labels.instance }}: the clock is off by "
                        "{{ $value | humanizeDuration }}"}},
       .parameters = {{"limit", "Off by more than", "ms", 50, 1, 60'000, 1, 1000}}},
      {.id = "clock_unsynchronised",
       .name = "Clock is not synchronised",
       .summary = "Nobody keeps a host's clock: what it may be off by has grown beyond the limit",
       .kind = "promql",
       .expr = "node_timex_maxerror_seconds >= ${limit} and node_timex_sync_status == 0",
       .for_seconds = 600,
       .annotations = {{"summary",
                        "{{ $labels.instance }}: nobody synchronises the clock, which may be "
                        "off by {{ $value | humanizeDuration }}"}},
       .parameters = {{"limit", "May be off by", "s", 16, 0.001, 16}}}};
}

constexpr auto kWidth = &domain::AnomalyParameters::sensitivity;
constexpr auto kLeast = &domain::AnomalyParameters::min_change;

TemplateParameter width() {
  return {"sensitivity", "Beyond what is usual by", "standard deviations", 4, 1, 20, 1, 1, kWidth};
}

// Learnt from the past of each series, by hour of the week.
std::vector<RuleTemplate> of_the_unusual() {
  domain::AnomalyParameters up;
  up.direction = domain::Direction::up;
  return {
      {.id = "traffic_unusual",
       .name = "Traffic is unusual",
       .summary = "A network device receives far more, or less, than is usual at this hour",
       .kind = "anomaly",
       .expr = "rate(node_network_receive_bytes_total{device!=\"lo\"}[5m])",
       .for_seconds = 600,
       .interval_seconds = 60,
       .annotations = {{"summary",
                        "{{ $labels.instance }}: {{ $labels.device }} receives "
                        "{{ $value | humanize1024 }}B/s, which is unusual"}},
       .parameters = {width(),
                      {"least", "And by at least", "KiB/s", 100, 0, 1e9, 1024, 1, kLeast}}},
      {.id = "latency_unusual",
       .name = "Answers are unusually slow",
       .summary = "A web page or API takes far longer to answer than is usual at this hour",
       .kind = "anomaly",
       .expr = "avg_over_time(probe_duration_seconds{kind=\"http\"}[5m])",
       .for_seconds = 300,
       .interval_seconds = 60,
       .annotations = {{"summary",
                        "{{ $labels.check }} takes {{ $value | humanizeDuration }} to answer, "
                        "which is unusual"}},
       .parameters = {width(), {"least", "And by at least", "ms", 100, 0, 1e6, 1, 1000, kLeast}},
       .anomaly = up},
      {.id = "load_unusual",
       .name = "Load is unusual",
       .summary = "A host has far more to do than is usual at this hour",
       .kind = "anomaly",
       .expr = "node_load5",
       .for_seconds = 600,
       .interval_seconds = 60,
       .annotations = {{"summary",
                        "{{ $labels.instance }}: load {{ $value | humanize }}, which is unusual"}},
       .parameters = {width(), {"least", "And by at least", "", 1, 0, 1000, 1, 1, kLeast}},
       .anomaly = up}};
}

std::vector<RuleTemplate> of_rules() {
  return {{.id = "rule_failing",
           .name = "Rule cannot be evaluated",
           .summary = "Something is wrong with a rule: what it is about goes unnoticed",
           .kind = "rule_failing",
           .severity = "critical",
           .for_seconds = 300,
           .annotations = {{"summary",
                            "The rule {{ $labels.rule }} cannot be evaluated: what it is about "
                            "goes unnoticed"}}}};
}

}  // namespace

const std::vector<RuleTemplate>& rule_templates() {
  static const auto kAll = [] {
    std::vector<RuleTemplate> all;
    for (auto part : {of_hosts(), of_disks(), of_networks(), connection_templates(), of_checks(),
                      of_expiry(), of_clocks(), of_the_unusual(), of_rules()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return kAll;
}

const RuleTemplate* find_rule_template(std::string_view id) {
  const auto& all = rule_templates();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

namespace {

void put_in_number(RuleTemplate& rule, const TemplateParameter& parameter,
                   const ParameterValue& given, Complaints& complaints) {
  const auto* number = std::get_if<double>(&given);
  if (number == nullptr) {
    complaints[parameter.name] = "must be a number";
    return;
  }
  if (!(*number >= parameter.min && *number <= parameter.max)) {
    complaints[parameter.name] = "must be between " + promql::format_value(parameter.min) +
                                 " and " + promql::format_value(parameter.max);
  }
  const double scaled = *number * parameter.times / parameter.over;
  if (parameter.field != nullptr) rule.anomaly.*parameter.field = scaled;
  put_in(rule.expr, parameter.name, promql::format_value(scaled));
  for (auto& [name, text] : rule.annotations) {
    put_in(text, parameter.name, promql::format_value(*number));
  }
}

// "10.0.0.0/8, ::1" as it is in an expression: "10.0.0.0/8", "::1".
Result<std::string> quoted_addresses(std::string_view text) {
  std::string quoted;
  std::size_t count = 0;
  constexpr std::string_view between = ", \t\r\n";
  for (auto begin = text.find_first_not_of(between); begin != std::string_view::npos;
       begin = text.find_first_not_of(between, begin)) {
    const auto end = std::min(text.find_first_of(between, begin), text.size());
    const std::string one(text.substr(begin, end - begin));
    if (!parse_ip_network(one)) {
      return fail(Fault::invalid,
                  "'" + one.substr(0, 64) + "' is neither an address nor a network");
    }
    if (++count > kMostAddresses) return fail(Fault::invalid, "takes at most 100 of them");
    quoted += (quoted.empty() ? "\"" : ", \"") + one + "\"";
    begin = end;
  }
  if (count == 0) return fail(Fault::invalid, "needs an address or a network");
  return quoted;
}

void put_in_addresses(RuleTemplate& rule, const TemplateParameter& parameter,
                      const ParameterValue& given, Complaints& complaints) {
  const auto* text = std::get_if<std::string>(&given);
  if (text == nullptr) {
    complaints[parameter.name] = "must be a text";
    return;
  }
  const auto quoted = quoted_addresses(*text);
  if (!quoted) {
    complaints[parameter.name] = quoted.error().text;
    return;
  }
  put_in(rule.expr, parameter.name, *quoted);
}

}  // namespace

RuleTemplate with_parameters(RuleTemplate rule, const std::map<std::string, ParameterValue>& given,
                             Complaints& complaints) {
  for (const auto& [name, value] : given) {
    const auto known = std::any_of(rule.parameters.begin(), rule.parameters.end(),
                                   [&name = name](const auto& one) { return one.name == name; });
    if (!known) complaints[name] = "is no parameter of the template";
  }
  for (const auto& parameter : rule.parameters) {
    const auto found = given.find(parameter.name);
    if (parameter.addresses != nullptr) {
      const ParameterValue preset(parameter.addresses);
      put_in_addresses(rule, parameter, found == given.end() ? preset : found->second, complaints);
    } else {
      const ParameterValue preset(parameter.preset);
      put_in_number(rule, parameter, found == given.end() ? preset : found->second, complaints);
    }
  }
  return rule;
}

}  // namespace monitron::rules
