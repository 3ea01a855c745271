#pragma once
// Days as people in a time zone have them, daylight saving included (IANA names). Pure.

#include "base/clock.hpp"

#include <vector>

namespace monitron::domain {

// When a daily report was due last, at or before `now`, and the local day before it, which it is
// about. `at` is local, "07:30"; where clocks skip that time it is due at the skip, where they
// repeat it, at the first. Fault: invalid.
struct DailyRun {
  Instant due;
  Instant from;
  Instant to;
  bool operator==(const DailyRun&) const = default;
};
Result<DailyRun> latest_daily_run(Instant now, std::string_view at, const std::string& zone);

// The starts of all local days that begin inside [from, to).
Result<std::vector<Instant>> day_starts(Instant from, Instant to, const std::string& zone);

// "2026-11-21 07:30".
Result<std::string> local_time(Instant instant, const std::string& zone);
// "2026-11-21 07:30:05".
Result<std::string> local_seconds(Instant instant, const std::string& zone);

}  // namespace monitron::domain
