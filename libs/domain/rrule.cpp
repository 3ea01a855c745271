#include "domain/rrule.hpp"

#include <algorithm>
#include <date/tz.h>

namespace monitron::domain {
namespace {

using date::days;
using date::local_days;
using date::year_month_day;
using std::chrono::seconds;

// A day is a number here: of days since 1970-01-01.
constexpr ClockTime kDay{86'400};
constexpr ClockTime kHour{3600};
constexpr ClockTime kYears{100 * 366LL * 86'400};

std::int64_t floor_to(std::int64_t value, std::int64_t unit) {
  const auto rest = value % unit;
  return value - (rest < 0 ? rest + unit : rest);
}

std::int64_t day_of(ClockTime shown) { return floor_to(shown.count(), kDay.count()) / 86'400; }

year_month_day date_of(std::int64_t day) { return year_month_day(local_days(days(day))); }

std::int64_t number_of(const year_month_day& date) {
  return local_days(date).time_since_epoch().count();
}

std::int64_t month_of(const year_month_day& date) {
  return static_cast<int>(date.year()) * 12LL + static_cast<unsigned>(date.month()) - 1;
}

std::int64_t first_of_month(std::int64_t month) {
  return number_of(date::year(static_cast<int>(month / 12)) / static_cast<int>(month % 12 + 1) / 1);
}

unsigned weekday_of(std::int64_t day) { return date::weekday(local_days(days(day))).c_encoding(); }

std::int64_t week_of(std::int64_t day, unsigned week_start) {
  return day - (weekday_of(day) + 7 - week_start) % 7;
}

// Whether a day that is `before` days after the first of its month or year, and `after` days before
// the last one, is the nth of its weekday.
bool is_nth(int nth, std::int64_t before, std::int64_t after) {
  return nth > 0 ? before / 7 + 1 == nth : after / 7 + 1 == -nth;
}

// The first and the day after the last of the period that a day is in.
std::pair<std::int64_t, std::int64_t> period_of(const RRuleParts& parts, std::int64_t day) {
  const auto date = date_of(day);
  if (parts.frequency == Frequency::yearly) {
    return {number_of(date.year() / 1 / 1), number_of((date.year() + date::years(1)) / 1 / 1)};
  }
  if (parts.frequency == Frequency::monthly) {
    return {first_of_month(month_of(date)), first_of_month(month_of(date) + 1)};
  }
  const auto begin = week_of(day, parts.week_start);
  return {begin, begin + 7};
}

bool chooses_days(const RRuleParts& parts) {
  return !parts.positions.empty() && parts.frequency >= Frequency::weekly;
}

// The members of a set of `size` that BYSETPOS names, in order.
std::vector<std::size_t> chosen_of(const std::vector<int>& positions, std::size_t size) {
  std::vector<std::size_t> chosen;
  for (const int position : positions) {
    const auto distance = static_cast<std::size_t>(std::abs(position));
    if (distance <= size) chosen.push_back(position > 0 ? distance - 1 : size - distance);
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

template <std::size_t N>
std::vector<int> members_of(const std::bitset<N>& set) {
  std::vector<int> members;
  for (std::size_t i = 0; i < N; ++i) {
    if (set[i]) members.push_back(static_cast<int>(i));
  }
  return members;
}

}  // namespace

RRule::RRule(RRuleParts parts, ClockTime start, const date::time_zone* zone)
    : parts_(std::move(parts)), start_(start), last_(start + kYears), zone_(zone) {
  complete();
}

Result<RRule> RRule::parse(std::string_view text, std::string_view start,
                           const std::string& zone_name) {
  auto parts = read_rrule(text);
  if (!parts) return fail(parts.error());
  const auto first = parse_clock_time(start);
  if (!first) return fail(first.error());
  const date::time_zone* zone = nullptr;
  try {
    zone = date::locate_zone(zone_name);
  } catch (const std::exception&) {
    return fail(Fault::invalid, "is no time zone: " + zone_name);
  }
  RRule rule(std::move(*parts), *first, zone);
  if (auto end = rule.find_end(); !end) return fail(end.error());
  return rule;
}

// What a rule leaves open it has from its start.
void RRule::complete() {
  const auto date = date_of(day_of(start_));
  const bool by_day = parts_.days.any() || parts_.last_days.any() || parts_.weekdays.any() ||
                      !parts_.nth_weekdays.empty();
  const auto frequency = parts_.frequency;
  if (!by_day && frequency == Frequency::weekly) parts_.weekdays.set(weekday_of(day_of(start_)));
  if (!by_day && frequency >= Frequency::monthly) {
    parts_.days.set(static_cast<unsigned>(date.day()));
    if (frequency == Frequency::yearly && parts_.months.none()) {
      parts_.months.set(static_cast<unsigned>(date.month()));
    }
  }
  const auto time = start_ - ClockTime(day_of(start_) * kDay.count());
  const auto minute = static_cast<std::size_t>(time.count() / 60 % 60);
  if (parts_.minutes.none()) parts_.minutes.set(minute);
  if (parts_.hours.none() && frequency == Frequency::hourly) parts_.hours.set();
  if (parts_.hours.none()) parts_.hours.set(static_cast<std::size_t>(time.count() / 3600));
  auto minutes = members_of(parts_.minutes);
  const bool chooses = !parts_.positions.empty();
  if (chooses && frequency == Frequency::hourly) {
    std::vector<int> left;
    for (const auto at : chosen_of(parts_.positions, minutes.size())) left.push_back(minutes[at]);
    minutes = left;
  }
  for (const int hour : members_of(parts_.hours)) {
    for (const int each : minutes) times_.emplace_back(hour * 3600 + each * 60 + time.count() % 60);
  }
  if (chooses && frequency == Frequency::daily) {
    std::vector<ClockTime> left;
    for (const auto at : chosen_of(parts_.positions, times_.size())) left.push_back(times_[at]);
    times_ = left;
  }
}

// COUNT becomes an end like UNTIL.
Result<void> RRule::find_end() {
  if (parts_.until) last_ = std::min(last_, *parts_.until);
  auto shown = next_shown(start_);
  if (!shown || (parts_.until_utc && instant_of(*shown) > *parts_.until_utc)) {
    return fail(Fault::invalid, "never comes");
  }
  if (!parts_.count) return {};
  for (int left = *parts_.count - 1; left > 0; --left) {
    const auto next = next_shown(*shown + seconds(1));
    if (!next) return {};
    shown = next;
  }
  last_ = *shown;
  return {};
}

bool RRule::is_day(std::int64_t day) const {
  const auto date = date_of(day);
  if (parts_.months.any() && !parts_.months[static_cast<unsigned>(date.month())]) return false;
  const auto number = static_cast<unsigned>(date.day());
  const auto last = static_cast<unsigned>((date.year() / date.month() / date::last).day());
  const bool by_number = parts_.days.any() || parts_.last_days.any();
  if (by_number && !parts_.days[number] && !parts_.last_days[last - number + 1]) return false;
  if (parts_.weekdays.none() && parts_.nth_weekdays.empty()) return true;
  const auto weekday = weekday_of(day);
  if (parts_.weekdays[weekday]) return true;
  const bool of_year = parts_.frequency == Frequency::yearly && parts_.months.none();
  const auto before = of_year ? day - number_of(date.year() / 1 / 1) : number - 1;
  const auto after = of_year ? number_of(date.year() / 12 / 31) - day : last - number;
  return std::any_of(parts_.nth_weekdays.begin(), parts_.nth_weekdays.end(), [&](const auto& one) {
    return one.weekday == weekday && is_nth(one.nth, before, after);
  });
}

bool RRule::in_interval(std::int64_t day) const { return skip_to(day) == day; }

// The first day at or after `day` that is in a period of the interval. Hours have days of their
// own.
std::int64_t RRule::skip_to(std::int64_t day) const {
  const auto first = day_of(start_);
  const auto due = [&](std::int64_t distance) {
    return floor_to(distance + parts_.interval - 1, parts_.interval);
  };
  switch (parts_.frequency) {
    case Frequency::hourly:
      return day;
    case Frequency::daily:
      return first + due(day - first);
    case Frequency::weekly: {
      const auto begin = week_of(first, parts_.week_start);
      const auto week = (week_of(day, parts_.week_start) - begin) / 7;
      return std::max(day, begin + 7 * due(week));
    }
    case Frequency::monthly: {
      const auto begin = month_of(date_of(first));
      return std::max(day, first_of_month(begin + due(month_of(date_of(day)) - begin)));
    }
    case Frequency::yearly: {
      const auto begin = static_cast<int>(date_of(first).year());
      const auto year = begin + due(static_cast<int>(date_of(day).year()) - begin);
      return std::max(day, number_of(date::year(static_cast<int>(year)) / 1 / 1));
    }
  }
  return day;
}

void RRule::choose(std::int64_t begin, std::int64_t end, Period& period) const {
  period.begin = begin;
  period.chosen.clear();
  std::vector<std::int64_t> set;
  for (auto day = begin; day < end; ++day) {
    if (is_day(day)) set.push_back(day);
  }
  for (const auto at : chosen_of(parts_.positions, set.size() * times_.size())) {
    period.chosen.push_back(set[at / times_.size()] * kDay + times_[at % times_.size()]);
  }
}

// The occurrences of a day, in order.
void RRule::append_times(std::int64_t day, Period& period, std::vector<ClockTime>& times) const {
  times.clear();
  if (!in_interval(day) || !is_day(day)) return;
  if (chooses_days(parts_)) {
    const auto [begin, end] = period_of(parts_, day);
    if (period.begin != begin) choose(begin, end, period);
    std::copy_if(period.chosen.begin(), period.chosen.end(), std::back_inserter(times),
                 [&](ClockTime shown) { return day_of(shown) == day; });
    return;
  }
  const auto first_hour = floor_to(start_.count(), kHour.count()) / kHour.count();
  for (const auto time : times_) {
    const auto shown = day * kDay + time;
    const auto hours = shown.count() / kHour.count() - first_hour;
    if (parts_.frequency != Frequency::hourly || hours % parts_.interval == 0) {
      times.push_back(shown);
    }
  }
}

std::optional<ClockTime> RRule::next_shown(ClockTime from) const {
  from = std::max(from, start_);
  Period period;
  std::vector<ClockTime> times;
  for (auto day = day_of(from); day <= day_of(last_); ++day) {
    day = skip_to(day);
    const auto date = date_of(day);
    if (parts_.months.any() && !parts_.months[static_cast<unsigned>(date.month())]) {
      day = first_of_month(month_of(date) + 1) - 1;
      continue;
    }
    append_times(day, period, times);
    const auto found = std::lower_bound(times.begin(), times.end(), from);
    if (found != times.end()) return *found <= last_ ? std::optional(*found) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<ClockTime> RRule::latest_shown(ClockTime least, ClockTime most) const {
  least = std::max(least, start_);
  most = std::min(most, last_);
  Period period;
  std::vector<ClockTime> times;
  for (auto day = day_of(most); day >= day_of(least); --day) {
    append_times(day, period, times);
    const auto after = std::upper_bound(times.begin(), times.end(), most);
    if (after != times.begin()) {
      const auto found = *std::prev(after);
      return found >= least ? std::optional(found) : std::nullopt;
    }
  }
  return std::nullopt;
}

Instant RRule::instant_of(ClockTime shown) const {
  return Instant(
      zone_->to_sys(date::local_seconds(shown), date::choose::earliest).time_since_epoch());
}

std::optional<Instant> RRule::next(Instant from) const {
  const auto time = date::ceil<seconds>(from);
  const auto span = zone_->get_info(time);
  // What clocks skipped comes at the moment after the skip.
  const auto offset = time == span.begin ? zone_->get_info(time - seconds(1)).offset : span.offset;
  auto shown = next_shown(time.time_since_epoch() + std::min(offset, span.offset));
  // What clocks show a second time came the first time.
  while (shown && instant_of(*shown) < from) shown = next_shown(*shown + seconds(1));
  if (!shown) return std::nullopt;
  const auto found = instant_of(*shown);
  if (parts_.until_utc && found > *parts_.until_utc) return std::nullopt;
  return found;
}

std::optional<Instant> RRule::latest(Instant least, Instant most) const {
  if (parts_.until_utc) most = std::min(most, *parts_.until_utc);
  if (most < least) return std::nullopt;
  const auto time = date::floor<seconds>(most);
  const auto span = zone_->get_info(time);
  auto shown = ClockTime(time.time_since_epoch() + span.offset);
  const auto first = shown - date::ceil<seconds>(most - least) - kDay;
  // While clocks show something a second time, all of that has come already. The first span of a
  // zone has none before it.
  if (span.begin > time - days(2)) {
    const auto before = zone_->get_info(span.begin - seconds(1)).offset;
    shown = std::max(shown, span.begin.time_since_epoch() + before - seconds(1));
  }
  const auto last = latest_shown(first, shown);
  if (!last) return std::nullopt;
  const auto found = instant_of(*last);
  return found >= least ? std::optional(found) : std::nullopt;
}

}  // namespace monitron::domain
