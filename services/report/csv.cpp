#include "report/csv.hpp"

#include "base/csv.hpp"

#include <cstdio>

namespace monitron::report {
namespace {

std::string number(const std::optional<double>& value, int decimals) {
  if (!value) return "";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, *value);
  return text;
}

std::string seconds(std::chrono::milliseconds duration) {
  return number(static_cast<double>(duration.count()) / 1000, 0);
}

std::optional<double> times(const std::optional<double>& value, double factor) {
  if (!value) return std::nullopt;
  return *value * factor;
}

std::string optional_seconds(const std::optional<std::chrono::milliseconds>& duration) {
  return duration ? seconds(*duration) : "";
}

}  // namespace

std::string to_csv(const Findings& findings) {
  std::vector<std::string> names = {"check",
                                    "kind",
                                    "target",
                                    "instance",
                                    "from",
                                    "to",
                                    "time_zone",
                                    "availability_percent",
                                    "up_seconds",
                                    "down_seconds",
                                    "unknown_seconds",
                                    "outages",
                                    "longest_outage_seconds",
                                    "mean_time_to_repair_seconds",
                                    "mean_time_between_failures_seconds",
                                    "response_mean_ms",
                                    "response_p95_ms",
                                    "excluded_seconds"};
  if (!findings.group_by.empty()) names.push_back("label_" + findings.group_by);
  auto csv = csv_line(names);
  for (const auto& one : findings.checks) {
    const auto& whole = one.whole;
    std::vector<std::string> line = {one.check.name,
                                     one.check.kind,
                                     one.check.target,
                                     one.check.instance,
                                     findings.local_seconds(findings.from),
                                     findings.local_seconds(findings.to),
                                     findings.time_zone,
                                     number(times(whole.ratio(), 100), 5),
                                     seconds(whole.up),
                                     seconds(whole.down),
                                     seconds(whole.unknown),
                                     std::to_string(whole.outages.size()),
                                     seconds(whole.longest_outage()),
                                     optional_seconds(whole.mean_time_to_repair()),
                                     optional_seconds(whole.mean_time_between_failures()),
                                     number(times(one.mean_seconds, 1000), 3),
                                     number(times(one.p95_seconds, 1000), 3),
                                     seconds(whole.excluded)};
    if (!findings.group_by.empty()) line.push_back(findings.group_of(one));
    csv += csv_line(line);
  }
  return csv;
}

}  // namespace monitron::report
