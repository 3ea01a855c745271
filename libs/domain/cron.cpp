#include "domain/cron.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <date/tz.h>
#include <vector>

namespace monitron::domain {

namespace {

using date::days;
using date::local_days;
using std::chrono::minutes;
using std::chrono::seconds;
using LocalMinute = date::local_time<minutes>;

constexpr std::string_view kMonths = "jan feb mar apr may jun jul aug sep oct nov dec";
constexpr std::string_view kWeekdays = "sun mon tue wed thu fri sat";

struct FieldRange {
  int least;
  int most;
  std::string_view names;  // of three letters, the first is `least`
};
constexpr FieldRange kMinute{0, 59, ""};
constexpr FieldRange kHour{0, 23, ""};
constexpr FieldRange kDay{1, 31, ""};
constexpr FieldRange kMonth{1, 12, kMonths};
constexpr FieldRange kWeekday{0, 7, kWeekdays};

std::optional<int> read_number(std::string_view text, const FieldRange& range) {
  if (text.size() == 3 && !range.names.empty()) {
    const auto at = range.names.find(text);
    if (at != std::string_view::npos && at % 4 == 0) return range.least + static_cast<int>(at / 4);
  }
  const bool digits =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  const auto number = digits ? parse_number<int>(text) : std::nullopt;
  if (!number || *number < range.least || *number > range.most) return std::nullopt;
  return number;
}

// "*", "5", "1-5" and the same with "/2".
template <class Set>
bool read_range(std::string_view text, const FieldRange& range, Set&& set) {
  int step = 1;
  const auto slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto number = read_number(text.substr(slash + 1), {1, range.most, ""});
    if (!number) return false;
    step = *number;
  }
  const auto span = text.substr(0, slash);
  auto first = std::optional(range.least);
  auto last = std::optional(range.most);
  if (span != "*") {
    const auto dash = span.find('-');
    first = read_number(span.substr(0, dash), range);
    if (dash != std::string_view::npos) {
      last = read_number(span.substr(dash + 1), range);
    } else if (slash == std::string_view::npos) {
      last = first;
    }
  }
  if (!first || !last || *first > *last) return false;
  for (int value = *first; value <= *last; value += step) set(value);
  return true;
}

template <class ReadItem>
bool read_items(std::string_view field, ReadItem read_item) {
  for (;;) {
    const auto comma = field.find(',');
    if (!read_item(field.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    field.remove_prefix(comma + 1);
  }
}

template <std::size_t N>
bool read_field(std::string_view field, const FieldRange& range, std::bitset<N>& values) {
  return read_items(field, [&](std::string_view item) {
    return read_range(item, range, [&](int value) { values.set(static_cast<std::size_t>(value)); });
  });
}

bool read_days(std::string_view field, CronFields& fields) {
  return read_items(field, [&](std::string_view item) {
    if (item == "l") return fields.last_day = true;
    return read_range(item, kDay,
                      [&](int value) { fields.days.set(static_cast<std::size_t>(value)); });
  });
}

// Also "5l", the last Friday, and "2#1", the first Tuesday.
bool read_weekday(std::string_view item, CronFields& fields) {
  const auto mark = item.find_first_of("l#");
  const auto day = read_number(item.substr(0, mark), kWeekday);
  if (mark == std::string_view::npos || !day) {
    return read_range(item, kWeekday,
                      [&](int value) { fields.weekdays.set(static_cast<std::size_t>(value % 7)); });
  }
  const auto weekday = static_cast<std::size_t>(*day % 7);
  const auto rest = item.substr(mark + 1);
  if (item[mark] == 'l') {
    fields.last_weekdays.set(weekday);
    return rest.empty();
  }
  const auto nth = read_number(rest, {1, 5, ""});
  if (nth) fields.nth_weekdays.at(static_cast<std::size_t>(*nth)).set(weekday);
  return nth.has_value();
}

std::string written_out(std::string_view text) {
  const auto lower = to_lower(trim(text));
  if (lower == "@yearly" || lower == "@annually") return "0 0 1 1 *";
  if (lower == "@monthly") return "0 0 1 * *";
  if (lower == "@weekly") return "0 0 * * 0";
  if (lower == "@daily" || lower == "@midnight") return "0 0 * * *";
  if (lower == "@hourly") return "0 * * * *";
  return lower;
}

std::vector<std::string> words_of(std::string text) {
  std::replace(text.begin(), text.end(), '\t', ' ');
  return split_list(text, ' ');
}

// A day of the calendar, as the fields look at it.
bool is_day(const CronFields& fields, const date::year_month_day& day) {
  if (!fields.months[static_cast<unsigned>(day.month())]) return false;
  const auto number = static_cast<unsigned>(day.day());
  const auto last = static_cast<unsigned>((day.year() / day.month() / date::last).day());
  const auto weekday = date::weekday(local_days(day)).c_encoding();
  const bool by_day = fields.days[number] || (fields.last_day && number == last);
  const bool by_weekday = fields.weekdays[weekday] ||
                          fields.nth_weekdays.at((number + 6) / 7)[weekday] ||
                          (fields.last_weekdays[weekday] && number + 7 > last);
  return fields.either_day ? by_day || by_weekday : by_day && by_weekday;
}

// The first matching minute in [from, to), as if clocks were never changed.
std::optional<LocalMinute> find_local(const CronFields& fields, LocalMinute from, LocalMinute to) {
  for (auto day = date::floor<days>(from); day < to; day += days(1)) {
    const date::year_month_day date(day);
    if (!fields.months[static_cast<unsigned>(date.month())]) {
      // The last day of that month: the next one begins after it.
      day = local_days(date.year() / date.month() / date::last);
      continue;
    }
    if (!is_day(fields, date)) continue;
    const auto begin = std::max<LocalMinute>(day, from);
    for (auto time = begin; time < day + days(1); time += minutes(1)) {
      const auto minute = static_cast<std::size_t>((time - day).count());
      if (!fields.hours[minute / 60]) {
        time += minutes(59 - static_cast<int>(minute % 60));
        continue;
      }
      if (fields.minutes[minute % 60]) {
        return time < to ? std::optional(time) : std::nullopt;
      }
    }
  }
  return std::nullopt;
}

// A leap day comes after eight years at most; on a certain weekday, after forty.
constexpr days kHorizon{41 * 366};

const date::time_zone* zone_of(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;
  }
}

LocalMinute local_of(date::sys_seconds time, seconds offset) {
  return LocalMinute(date::ceil<minutes>(time.time_since_epoch() + offset));
}

date::sys_seconds sys_of(LocalMinute time, seconds offset) {
  return date::sys_seconds(time.time_since_epoch() - offset);
}

// The first time at or after `from` in a span of one offset to UTC, [span.begin, span.end).
// `before` is the offset of the span before it.
std::optional<date::sys_seconds> find_in_span(const CronFields& fields, date::sys_seconds from,
                                              date::sys_seconds end, const date::sys_info& span,
                                              seconds before) {
  auto local = local_of(from, span.offset);
  if (!fields.elapsing) {
    const auto left = local_of(span.begin, before);  // what clocks showed when they were changed
    const auto shown = local_of(span.begin, span.offset);
    // What was skipped comes at the moment of the skip.
    if (from == span.begin && left < shown && find_local(fields, left, shown)) return span.begin;
    // What was shown already does not come again.
    local = std::max(local, left);
  }
  const auto found = find_local(fields, local, local_of(end, span.offset));
  if (!found) return std::nullopt;
  return sys_of(*found, span.offset);
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
  const auto words = words_of(written_out(text));
  if (words.size() != 5) {
    return fail(Fault::invalid, "must have five fields: minute hour day month weekday");
  }
  CronFields fields;
  const std::string day = words[2] == "?" ? "*" : words[2];
  const std::string weekday = words[4] == "?" ? "*" : words[4];
  const auto wrong = [](const char* field) {
    return fail(Fault::invalid, std::string("cannot be read: ") + field);
  };
  if (!read_field(words[0], kMinute, fields.minutes)) return wrong("the minute");
  if (!read_field(words[1], kHour, fields.hours)) return wrong("the hour");
  if (!read_days(day, fields)) return wrong("the day of the month");
  if (!read_field(words[3], kMonth, fields.months)) return wrong("the month");
  const bool good =
      read_items(weekday, [&](std::string_view item) { return read_weekday(item, fields); });
  if (!good) return wrong("the day of the week");
  fields.either_day = day.front() != '*' && weekday.front() != '*';
  fields.elapsing = words[0].front() == '*' || words[1].front() == '*';
  const LocalMinute start = local_days(date::year(2020) / 1 / 1);
  if (!find_local(fields, start, start + kHorizon)) return fail(Fault::invalid, "never comes");
  return Cron(fields);
}

std::optional<Instant> Cron::next(Instant after, const std::string& zone_name) const {
  const auto* zone = zone_of(zone_name);
  if (zone == nullptr) return std::nullopt;
  auto from = date::floor<seconds>(after) + seconds(1);
  const auto horizon = from + kHorizon;
  while (from < horizon) {
    const auto span = zone->get_info(from);
    // Only near its begin does it matter what clocks showed before; the first span has none.
    const bool near = span.begin > from - days(2);
    const auto before = near ? zone->get_info(span.begin - seconds(1)).offset : span.offset;
    const auto found = find_in_span(fields_, from, std::min(span.end, horizon), span, before);
    if (found) return Instant(found->time_since_epoch());
    from = span.end;
  }
  return std::nullopt;
}

bool is_time_zone(const std::string& name) { return zone_of(name) != nullptr; }

}  // namespace monitron::domain
