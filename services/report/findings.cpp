#include "report/findings.hpp"

#include "domain/daily.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace monitron::report {
namespace {

void add(domain::Availability& sum, const domain::Availability& one) {
  sum.up += one.up;
  sum.down += one.down;
  sum.unknown += one.unknown;
  sum.excluded += one.excluded;
  sum.outages.insert(sum.outages.end(), one.outages.begin(), one.outages.end());
}

constexpr std::chrono::hours kFineUpTo{3};
constexpr std::chrono::hours kHourlyUpTo{49};

double known_share_of(const domain::Availability& one) {
  const auto known = one.up + one.down;
  const auto whole = known + one.unknown;
  if (whole.count() <= 0) return 0;
  return static_cast<double>(known.count()) / static_cast<double>(whole.count());
}

Result<std::vector<Instant>> starts_of_days(Instant from, Instant to, const std::string& zone) {
  auto starts = domain::day_starts(from, to, zone);
  if (starts && (starts->empty() || starts->front() > from)) starts->insert(starts->begin(), from);
  return starts;
}

}  // namespace

std::optional<double> Part::mean_response_seconds() const {
  if (responses == 0) return std::nullopt;
  return response_seconds / static_cast<double>(responses);
}

double Part::known_share() const { return known_share_of(sum); }

std::string Findings::local(Instant instant) const {
  return domain::local_time(instant, time_zone).value_or(to_rfc3339(instant));
}

std::string Findings::local_seconds(Instant instant) const {
  return domain::local_seconds(instant, time_zone).value_or(to_rfc3339(instant));
}

domain::Availability Findings::whole() const {
  domain::Availability sum;
  for (const auto& one : checks) add(sum, one.whole);
  return sum;
}

std::string Findings::group_of(const CheckFindings& check) const {
  const auto found = check.check.labels.find(group_by);
  return found == check.check.labels.end() ? std::string() : found->second;
}

std::vector<Group> Findings::groups() const {
  std::vector<Group> all;
  if (group_by.empty()) return all;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    auto value = group_of(checks[i]);
    if (all.empty() || all.back().value != value) all.push_back({std::move(value), i, 0, {}});
    ++all.back().count;
    add(all.back().whole, checks[i].whole);
  }
  return all;
}

Instant Findings::part_end(std::size_t part) const {
  return part + 1 < parts.size() ? parts[part + 1].start : to;
}

Result<Findings> empty_findings(Instant from, Instant to, const std::string& time_zone) {
  Findings findings{time_zone, from, to, to - from > kHourlyUpTo, "hour", {}, {}};
  const auto days = starts_of_days(from, to, time_zone);
  if (!days) return fail(days.error());
  if (findings.parts_are_days) {
    findings.part_name = "day";
    for (const auto start : *days) findings.parts.push_back({start, {}});
  } else {
    const bool fine = to - from <= kFineUpTo;
    if (fine) findings.part_name = "5 minutes";
    for (auto start = from; start < to; start += std::chrono::minutes(fine ? 5 : 60)) {
      findings.parts.push_back({start, {}});
    }
  }
  return findings;
}

CheckNotes::CheckNotes(Findings& findings, store::ReportedCheck check,
                       std::vector<domain::TimeSpan> outside_sla)
    : findings_(findings), check_(std::move(check)), outside_sla_(std::move(outside_sla)) {}

void CheckNotes::saw(Instant time, bool up) {
  domain::extend(spans_, {time, up}, std::chrono::seconds(check_.interval_seconds));
}

void CheckNotes::took(Instant time, double seconds) {
  auto& parts = findings_.parts;
  const auto next = std::upper_bound(parts.begin(), parts.end(), time,
                                     [](Instant at, const Part& part) { return at < part.start; });
  if (next == parts.begin() || time >= findings_.to || std::isnan(seconds)) return;
  auto& part = *std::prev(next);
  part.response_seconds += seconds;
  ++part.responses;
  seconds_.push_back(seconds);
}

void CheckNotes::add_parts(CheckFindings& found) {
  const std::chrono::seconds interval(check_.interval_seconds);
  for (std::size_t i = 0; i < findings_.parts.size(); ++i) {
    auto& part = findings_.parts[i];
    const auto own =
        domain::availability(spans_, part.start, findings_.part_end(i), interval, outside_sla_);
    part.sum.up += own.up;
    part.sum.down += own.down;
    part.sum.unknown += own.unknown;
    part.sum.excluded += own.excluded;
    const auto ratio = own.ratio();
    found.part_ratios.push_back(ratio ? std::optional(static_cast<float>(*ratio)) : std::nullopt);
    found.part_known.push_back(static_cast<float>(known_share_of(own)));
  }
}

void CheckNotes::close() {
  CheckFindings found;
  found.whole = domain::availability(spans_, findings_.from, findings_.to,
                                     std::chrono::seconds(check_.interval_seconds), outside_sla_);
  add_parts(found);
  if (!seconds_.empty()) {
    found.mean_seconds = std::accumulate(seconds_.begin(), seconds_.end(), 0.0) /
                         static_cast<double>(seconds_.size());
    found.p95_seconds = domain::quantile(std::move(seconds_), 0.95);
  }
  found.check = std::move(check_);
  findings_.checks.push_back(std::move(found));
}

void finish(Findings& findings) {
  std::stable_sort(findings.checks.begin(), findings.checks.end(),
                   [&](const CheckFindings& a, const CheckFindings& b) {
                     const auto of_a = findings.group_of(a), of_b = findings.group_of(b);
                     if (of_a != of_b) return of_b.empty() || (!of_a.empty() && of_a < of_b);
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
