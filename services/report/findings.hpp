#pragma once
// What a report says, before it has a form: figures of each check and of all together.

#include "domain/availability.hpp"
#include "store/reports.hpp"

#include <optional>
#include <string>
#include <vector>

namespace monitron::report {

struct CheckFindings {
  store::ReportedCheck check;
  domain::Availability whole;
  std::vector<domain::Availability> parts;  // one per part of the range
  std::optional<double> mean_seconds;       // of response times
  std::optional<double> p95_seconds;
};

struct Findings {
  std::string time_zone;
  Instant from;
  Instant to;
  std::vector<Instant> part_starts;  // hours for up to two days, local days above
  bool parts_are_days = false;
  std::vector<CheckFindings> checks;  // the least available first
  domain::Availability whole;         // sums over all checks, without outages

  std::string local(Instant instant) const;  // "2026-11-21 07:30"
};

// Fault: invalid, for a time zone that does not exist.
Result<Findings> empty_findings(Instant from, Instant to, const std::string& time_zone);
CheckFindings check_findings(const Findings& frame, const store::ReportedCheck& check,
                             const std::vector<domain::Observation>& observations,
                             std::vector<double> response_seconds);
void add(Findings& findings, CheckFindings check);
void finish(Findings& findings);

// "99.95 %", or "no data".
std::string percent(const std::optional<double>& ratio);
// "3 min 20 s"
std::string readable(std::chrono::milliseconds duration);

}  // namespace monitron::report
