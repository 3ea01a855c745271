#pragma once
// Times of crontab(5) in a time zone (IANA name). Pure.
//
// Five fields: minute, hour, day of month, month, day of week. A field is *, a number, a range
// a-b, any of them with a step (*/5, 10-50/10, 3/15: from 3 on), or a list of those. Months and
// days of the week have their English names of three letters; 0 and 7 are Sunday. ? is * in the
// fields of days. L is the last day of the month, and after a day of the week the last such of the
// month (5L); 2#1 is its first Tuesday. @hourly, @daily, @weekly, @monthly and @yearly stand for
// what crontab(5) says. When both fields of days are restricted, either is enough.
//
// Where clocks are changed: times that are skipped come at the moment of the skip, times that are
// repeated come once; unless the minute or the hour begins with *, then it is the time that passes
// that counts (as in Debian's cron).

#include "base/clock.hpp"

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>

namespace monitron::domain {

struct CronFields {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;    // 1 to 31
  std::bitset<13> months;  // 1 to 12
  std::bitset<7> weekdays;
  std::bitset<7> last_weekdays;
  std::array<std::bitset<7>, 6> nth_weekdays;  // 1 to 5
  bool last_day = false;
  bool either_day = false;  // both fields of days are restricted
  bool elapsing = false;    // minute or hour begins with *
};

class Cron {
 public:
  // Fault: invalid, also for times that never come (30 February).
  static Result<Cron> parse(std::string_view text);

  // The first time after `after`. Nothing for an unknown zone.
  std::optional<Instant> next(Instant after, const std::string& zone) const;

 private:
  explicit Cron(const CronFields& fields) : fields_(fields) {}
  CronFields fields_;
};

bool is_time_zone(const std::string& name);

}  // namespace monitron::domain
