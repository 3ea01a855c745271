#pragma once
// Recurrence rules of RFC 5545 (3.3.10) in a time zone (IANA name). Pure.
//
// FREQ=HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY with INTERVAL, COUNT or UNTIL, BYMONTH, BYMONTHDAY,
// BYDAY, BYHOUR, BYMINUTE, BYSETPOS and WKST. What RFC 5545 has besides is refused by name, and so
// is a rule that never comes. The start says from when on it comes, and what the rule leaves open
// (its time of day, its day); it is an occurrence itself only if the rule says so.
//
// A rule counts what clocks show. Where they are changed: times that are skipped come when the skip
// is over, times that are repeated come once, the first time. It comes for 100 years.

#include "base/clock.hpp"

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace date {
class time_zone;
}  // namespace date

namespace monitron::domain {

// What clocks show: milliseconds are none; as seconds since 1970-01-01T00:00:00.
using ClockTime = std::chrono::duration<std::int64_t>;

// "2026-11-22T02:00:00", also without the seconds; years 1970 to 2199. Fault: invalid.
Result<ClockTime> parse_clock_time(std::string_view text);

enum class Frequency { hourly, daily, weekly, monthly, yearly };

// "2MO": the second Monday; "-1FR": the last Friday.
struct NthWeekday {
  int nth = 0;
  unsigned weekday = 0;  // 0: Sunday
};

struct RRuleParts {
  Frequency frequency = Frequency::daily;
  int interval = 1;
  std::optional<int> count{};
  std::optional<ClockTime> until{};    // as clocks show it
  std::optional<Instant> until_utc{};  // or as a point in time
  std::bitset<13> months{};            // 1 to 12; none: all
  std::bitset<32> days{};              // of the month, 1 to 31; none (nor last_days): all
  std::bitset<32> last_days{};         // from its end, 1: the last one
  std::bitset<7> weekdays{};           // none (nor nth_weekdays): all
  std::vector<NthWeekday> nth_weekdays{};
  std::bitset<24> hours{};
  std::bitset<60> minutes{};
  std::vector<int> positions{};  // BYSETPOS
  unsigned week_start = 1;       // Monday
};

// As written, without what a start adds. Fault: invalid; the text names the part.
Result<RRuleParts> read_rrule(std::string_view text);

class RRule {
 public:
  // Fault: invalid, also for rules that never come, and unknown zones.
  static Result<RRule> parse(std::string_view text, std::string_view start,
                             const std::string& zone);

  // The first occurrence at or after `from`. Years that have passed cost nothing.
  std::optional<Instant> next(Instant from) const;
  // The last one in [least, most].
  std::optional<Instant> latest(Instant least, Instant most) const;

 private:
  RRule(RRuleParts parts, ClockTime start, const date::time_zone* zone);

  // The days that BYSETPOS leaves of one period, kept while a search goes through it.
  struct Period {
    std::optional<std::int64_t> begin{};
    std::vector<ClockTime> chosen{};
  };
  void complete();
  Result<void> find_end();
  bool is_day(std::int64_t day) const;
  bool in_interval(std::int64_t day) const;
  std::int64_t skip_to(std::int64_t day) const;
  void append_times(std::int64_t day, Period& period, std::vector<ClockTime>& times) const;
  void choose(std::int64_t begin, std::int64_t end, Period& period) const;
  std::optional<ClockTime> next_shown(ClockTime from) const;
  std::optional<ClockTime> latest_shown(ClockTime least, ClockTime most) const;
  Instant instant_of(ClockTime shown) const;

  RRuleParts parts_;
  ClockTime start_;
  ClockTime last_;  // nothing comes after it
  const date::time_zone* zone_;
  std::vector<ClockTime> times_;  // of a day, in order
};

}  // namespace monitron::domain
