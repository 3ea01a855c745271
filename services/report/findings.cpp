#include "report/findings.hpp"

#include "domain/daily.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace monitron::report {
namespace {

constexpr std::chrono::hours kHourlyUpTo{49};

}  // namespace

std::string Findings::local(Instant instant) const {
  return domain::local_time(instant, time_zone).value_or(to_rfc3339(instant));
}

Result<Findings> empty_findings(Instant from, Instant to, const std::string& time_zone) {
  Findings findings{time_zone, from, to, {}, to - from > kHourlyUpTo, {}, {}};
  auto days = domain::day_starts(from, to, time_zone);
  if (!days) return fail(days.error());
  if (findings.parts_are_days) {
    findings.part_starts = std::move(*days);
    if (findings.part_starts.empty() || findings.part_starts.front() > from) {
      findings.part_starts.insert(findings.part_starts.begin(), from);
    }
  } else {
    for (auto start = from; start < to; start += std::chrono::hours(1)) {
      findings.part_starts.push_back(start);
    }
  }
  return findings;
}

CheckFindings check_findings(const Findings& frame, const store::ReportedCheck& check,
                             const std::vector<domain::Observation>& observations,
                             std::vector<double> response_seconds) {
  const std::chrono::seconds interval(check.interval_seconds);
  CheckFindings found;
  found.check = check;
  found.whole = domain::availability(observations, frame.from, frame.to, interval);
  for (std::size_t i = 0; i < frame.part_starts.size(); ++i) {
    const auto end = i + 1 < frame.part_starts.size() ? frame.part_starts[i + 1] : frame.to;
    found.parts.push_back(domain::availability(observations, frame.part_starts[i], end, interval));
  }
  if (!response_seconds.empty()) {
    found.mean_seconds = std::accumulate(response_seconds.begin(), response_seconds.end(), 0.0) /
                         static_cast<double>(response_seconds.size());
    found.p95_seconds = domain::quantile(std::move(response_seconds), 0.95);
  }
  return found;
}

void add(Findings& findings, CheckFindings check) {
  auto sum = check.whole;
  sum.outages.clear();
  findings.whole += sum;
  findings.checks.push_back(std::move(check));
}

void finish(Findings& findings) {
  std::stable_sort(findings.checks.begin(), findings.checks.end(),
                   [](const CheckFindings& a, const CheckFindings& b) {
                     return a.whole.ratio().value_or(2) < b.whole.ratio().value_or(2);
                   });
}

std::string percent(const std::optional<double>& ratio) {
  if (!ratio) return "no data";
  // Never rounded up to 100: an outage stays visible.
  const double shown = *ratio < 1 ? std::min(*ratio * 100, 99.999) : 100;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f %%", shown == 100 || shown < 99 ? 2 : 3, shown);
  return text;
}

std::string readable(std::chrono::milliseconds duration) {
  const auto seconds = (duration.count() + 500) / 1000;
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) {
    return std::to_string(seconds / 60) + " min" +
           (seconds % 60 ? " " + std::to_string(seconds % 60) + " s" : "");
  }
  if (seconds < 86'400) {
    return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
  }
  return std::to_string(seconds / 86'400) + " d " + std::to_string(seconds / 3600 % 24) + " h";
}

}  // namespace monitron::report
