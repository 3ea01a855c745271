#include "report/csv.hpp"

#include <cstdio>

namespace monitron::report {
namespace {

std::string cell(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos) {
    text.insert(0, "'");
  }
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
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

}  // namespace

std::string to_csv(const Findings& findings) {
  std::string csv =
      "check,kind,target,instance,from,to,time_zone,availability_percent,up_seconds,down_seconds,"
      "unknown_seconds,outages,longest_outage_seconds,response_mean_ms,response_p95_ms\r\n";
  for (const auto& one : findings.checks) {
    csv += cell(one.check.name) + "," + cell(one.check.kind) + "," + cell(one.check.target) + "," +
           cell(one.check.instance) + "," + findings.local(findings.from) + "," +
           findings.local(findings.to) + "," + cell(findings.time_zone) + "," +
           number(times(one.whole.ratio(), 100), 5) + "," + seconds(one.whole.up) + "," +
           seconds(one.whole.down) + "," + seconds(one.whole.unknown) + "," +
           std::to_string(one.whole.outages.size()) + "," + seconds(one.whole.longest_outage()) +
           "," + number(times(one.mean_seconds, 1000), 3) + "," +
           number(times(one.p95_seconds, 1000), 3) + "\r\n";
  }
  return csv;
}

}  // namespace monitron::report
