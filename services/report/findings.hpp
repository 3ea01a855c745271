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
  std::vector<std::optional<float>> part_ratios;  // one per part of the range
  std::vector<float> part_known;                  // which share of a part has results
  std::optional<double> mean_seconds;             // of response times of successful runs
  std::optional<double> p95_seconds;
};

// Five minutes, an hour or a day of the range; sums over all checks.
struct Part {
  Instant start;
  domain::Availability sum;  // without outages
  double response_seconds = 0;
  std::size_t responses = 0;

  std::optional<double> mean_response_seconds() const;
  double known_share() const;
};

// The checks that have the same value of the label by which a report is grouped.
struct Group {
  std::string value;  // empty: those that do not have it
  std::size_t begin = 0;
  std::size_t count = 0;
  domain::Availability whole;
};

struct Findings {
  std::string time_zone;
  Instant from;
  Instant to;
  bool parts_are_days = false;        // five minutes for up to three hours, hours for up to two
                                      // days, local days above
  std::string part_name = "hour";     // "5 minutes", "hour" or "day"
  std::vector<Part> parts;            // never none
  std::vector<CheckFindings> checks;  // the least available first, those without data last; by
                                      // groups, if there are
  std::string group_by{};             // a label; empty: all are one

  std::string local(Instant instant) const;          // "2026-11-21 07:30"
  std::string local_seconds(Instant instant) const;  // "2026-11-21 07:30:05"
  // Over all checks: times are sums, outages one check after the other.
  domain::Availability whole() const;
  // One after the other, those without the label last. None, if they are not grouped.
  std::vector<Group> groups() const;
  std::string group_of(const CheckFindings& check) const;
  Instant part_end(std::size_t part) const;
};

// Fault: invalid, for a time zone that does not exist.
Result<Findings> empty_findings(Instant from, Instant to, const std::string& time_zone);

// Takes down what was found of one check, result by result in order of time.
class CheckNotes {
 public:
  // `findings` outlives it.
  // `outside_sla`: time that is left out, in order and without overlaps.
  CheckNotes(Findings& findings, store::ReportedCheck check,
             std::vector<domain::TimeSpan> outside_sla = {});
  // Results of before the range count too: they may stand for its beginning.
  void saw(Instant time, bool up);
  void took(Instant time, double seconds);
  // Adds it all to the findings.
  void close();

 private:
  void add_parts(CheckFindings& found);

  Findings& findings_;
  store::ReportedCheck check_;
  std::vector<domain::TimeSpan> outside_sla_;
  std::vector<domain::KnownSpan> spans_;
  std::vector<double> seconds_;
};

// In the order in which checks are shown.
void finish(Findings& findings);

// "99.950 %", or "no data".
std::string percent(const std::optional<double>& ratio);
// "3 min 20 s"
std::string readable(std::chrono::milliseconds duration);

}  // namespace monitron::report
