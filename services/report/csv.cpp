#include "report/csv.hpp"

#include <cstdio>

namespace monitron::report {
namespace {

// What spreadsheets take for a formula begins so, also after blanks and in the wide forms of
// East Asian keyboards.
bool is_formula(std::string_view text) {
  const auto start = text.find_first_not_of(' ');
  if (start == std::string_view::npos) return false;
  text.remove_prefix(start);
  if (std::string_view("=+-@\t\r\n|%").find(text[0]) != std::string_view::npos) return true;
  for (const std::string_view wide : {"＝", "＋", "－", "＠"}) {
    if (text.substr(0, wide.size()) == wide) return true;
  }
  return false;
}

std::string cell(std::string text) {
  if (is_formula(text)) text.insert(text.begin(), '\'');
  // Also what other separators than ours would cut into cells.
  if (text.find_first_of(",;\t\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

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

std::string line(const std::vector<std::string>& cells) {
  std::string text;
  for (const auto& one : cells) text += (text.empty() ? "" : ",") + one;
  return text + "\r\n";
}

}  // namespace

std::string to_csv(const Findings& findings) {
  auto csv = line({"check", "kind", "target", "instance", "from", "to", "time_zone",
                   "availability_percent", "up_seconds", "down_seconds", "unknown_seconds",
                   "outages", "longest_outage_seconds", "mean_time_to_repair_seconds",
                   "mean_time_between_failures_seconds", "response_mean_ms", "response_p95_ms",
                   "excluded_seconds"});
  for (const auto& one : findings.checks) {
    const auto& whole = one.whole;
    csv += line({cell(one.check.name), one.check.kind, cell(one.check.target),
                 cell(one.check.instance), findings.local_seconds(findings.from),
                 findings.local_seconds(findings.to), cell(findings.time_zone),
                 number(times(whole.ratio(), 100), 5), seconds(whole.up), seconds(whole.down),
                 seconds(whole.unknown), std::to_string(whole.outages.size()),
                 seconds(whole.longest_outage()), optional_seconds(whole.mean_time_to_repair()),
                 optional_seconds(whole.mean_time_between_failures()),
                 number(times(one.mean_seconds, 1000), 3), number(times(one.p95_seconds, 1000), 3),
                 seconds(whole.excluded)});
  }
  return csv;
}

}  // namespace monitron::report
