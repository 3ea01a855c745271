// RFC 5545's text of a recurrence rule.

#include "base/text.hpp"
#include "domain/rrule.hpp"

#include <algorithm>
#include <date/date.h>
#include <map>

namespace monitron::domain {
namespace {

using Wrong = std::optional<std::string>;

constexpr std::size_t kMostItems = 400;
constexpr std::size_t kMostTimes = 100;  // a day

std::string upper(std::string_view text) {
  std::string result(trim(text));
  for (auto& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return c >= '0' && c <= '9'; });
}

// A number of `least` to `most`; RFC 5545 has a sign only where something counts from the end.
std::optional<int> number_of(std::string_view text, int least, int most) {
  const bool sign = least < 0 && !text.empty() && (text[0] == '-' || text[0] == '+');
  const auto digits = sign ? text.substr(1) : text;
  const auto number = is_digits(digits) ? parse_number<int>(digits) : std::nullopt;
  if (!number) return std::nullopt;
  const int value = sign && text[0] == '-' ? -*number : *number;
  if (value < least || value > most || (least < 0 && value == 0)) return std::nullopt;
  return value;
}

std::optional<unsigned> weekday_of(std::string_view text) {
  constexpr std::string_view kWeekdays = "SU MO TU WE TH FR SA";
  const auto at = text.size() == 2 ? kWeekdays.find(text) : std::string_view::npos;
  if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
  return static_cast<unsigned>(at / 3);
}

template <class Take>
Wrong each(std::string_view list, const char* what, Take take) {
  for (std::size_t items = 0;; ++items) {
    const auto comma = list.find(',');
    const auto item = list.substr(0, comma);
    if (items == kMostItems || !take(item)) return "'" + std::string(item) + "' is no " + what;
    if (comma == std::string_view::npos) return std::nullopt;
    list.remove_prefix(comma + 1);
  }
}

template <std::size_t N>
Wrong read_set(std::string_view list, const char* what, std::bitset<N>& set, int least = 0) {
  return each(list, what, [&](std::string_view item) {
    const auto number = number_of(item, least, static_cast<int>(N) - 1);
    if (number) set.set(static_cast<std::size_t>(*number));
    return number.has_value();
  });
}

Wrong read_frequency(std::string_view text, RRuleParts& parts) {
  static const std::map<std::string_view, Frequency> kFrequencies = {
      {"HOURLY", Frequency::hourly},
      {"DAILY", Frequency::daily},
      {"WEEKLY", Frequency::weekly},
      {"MONTHLY", Frequency::monthly},
      {"YEARLY", Frequency::yearly}};
  if (text == "SECONDLY" || text == "MINUTELY") return "comes too often: HOURLY at most";
  const auto found = kFrequencies.find(text);
  if (found == kFrequencies.end()) return "must be HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY";
  parts.frequency = found->second;
  return std::nullopt;
}

// "20261231T235959", with Z: in UTC.
Wrong read_until(std::string_view text, RRuleParts& parts) {
  const bool utc = text.size() == 16 && text.back() == 'Z';
  const auto digits = text.substr(0, 8), time = text.substr(std::min<std::size_t>(text.size(), 9));
  if (text.size() != (utc ? 16U : 15U) || text[8] != 'T' || !is_digits(digits) ||
      !is_digits(time.substr(0, 6))) {
    return "must be a time like 20261231T235959 or 20261231T225959Z (UTC)";
  }
  const auto two = [&](std::string_view part, std::size_t at) {
    return std::string(part.substr(at, 2));
  };
  const auto shown = parse_clock_time(std::string(digits.substr(0, 4)) + "-" + two(digits, 4) +
                                      "-" + two(digits, 6) + "T" + two(time, 0) + ":" +
                                      two(time, 2) + ":" + two(time, 4));
  if (!shown) return shown.error().text;
  if (utc) {
    parts.until_utc = Instant(*shown);
  } else {
    parts.until = *shown;
  }
  return std::nullopt;
}

Wrong read_days(std::string_view text, RRuleParts& parts) {
  return each(text, "day of a month", [&](std::string_view item) {
    const auto day = number_of(item, -31, 31);
    if (!day) return false;
    (*day > 0 ? parts.days : parts.last_days).set(static_cast<std::size_t>(std::abs(*day)));
    return true;
  });
}

Wrong read_weekdays(std::string_view text, RRuleParts& parts) {
  return each(text, "day of the week like MO or -1FR", [&](std::string_view item) {
    if (item.size() < 2) return false;
    const auto weekday = weekday_of(item.substr(item.size() - 2));
    const auto ordinal = item.substr(0, item.size() - 2);
    if (!weekday) return false;
    if (ordinal.empty()) {
      parts.weekdays.set(*weekday);
      return true;
    }
    const auto nth = number_of(ordinal, -53, 53);
    if (nth) parts.nth_weekdays.push_back({*nth, *weekday});
    return nth.has_value();
  });
}

Wrong read_positions(std::string_view text, RRuleParts& parts) {
  return each(text, "position", [&](std::string_view item) {
    const auto position = number_of(item, -366, 366);
    if (position) parts.positions.push_back(*position);
    return position.has_value();
  });
}

Wrong read_number(std::string_view text, int most, int& into) {
  const auto number = number_of(text, 1, most);
  if (!number) return "must be a number of 1 to " + std::to_string(most);
  into = *number;
  return std::nullopt;
}

Wrong read_part(const std::string& name, std::string_view text, RRuleParts& parts) {
  if (name == "FREQ") return read_frequency(text, parts);
  if (name == "INTERVAL") return read_number(text, 10'000, parts.interval);
  if (name == "COUNT") return read_number(text, 1000, parts.count.emplace());
  if (name == "UNTIL") return read_until(text, parts);
  if (name == "BYMONTH") return read_set(text, "month", parts.months, 1);
  if (name == "BYMONTHDAY") return read_days(text, parts);
  if (name == "BYDAY") return read_weekdays(text, parts);
  if (name == "BYHOUR") return read_set(text, "hour", parts.hours);
  if (name == "BYMINUTE") return read_set(text, "minute", parts.minutes);
  if (name == "BYSETPOS") return read_positions(text, parts);
  if (name == "WKST") {
    const auto weekday = weekday_of(text);
    if (!weekday) return "must be a day like MO";
    parts.week_start = *weekday;
    return std::nullopt;
  }
  if (name == "BYSECOND" || name == "BYWEEKNO" || name == "BYYEARDAY") return "is not supported";
  return "is no part of a recurrence rule";
}

// What RFC 5545 does not allow together.
Wrong contradiction(const RRuleParts& parts) {
  const auto frequency = parts.frequency;
  const bool months = frequency == Frequency::monthly || frequency == Frequency::yearly;
  const bool within_month = frequency == Frequency::monthly || parts.months.any();
  if (parts.count && (parts.until || parts.until_utc)) return "COUNT and UNTIL exclude each other";
  if (frequency == Frequency::weekly && (parts.days.any() || parts.last_days.any())) {
    return "BYMONTHDAY is not for FREQ=WEEKLY";
  }
  for (const auto& [nth, weekday] : parts.nth_weekdays) {
    if (!months) return "BYDAY with numbers is for FREQ=MONTHLY and FREQ=YEARLY";
    if (within_month && std::abs(nth) > 5) return "BYDAY: no month has so many of a weekday";
  }
  const bool by_any = parts.months.any() || parts.days.any() || parts.last_days.any() ||
                      parts.weekdays.any() || !parts.nth_weekdays.empty() || parts.hours.any() ||
                      parts.minutes.any();
  if (!parts.positions.empty() && !by_any) return "BYSETPOS needs another part that begins with BY";
  const bool hourly = frequency == Frequency::hourly;
  const auto hours = parts.hours.any() ? parts.hours.count() : std::size_t{hourly ? 24U : 1U};
  const auto minutes = parts.minutes.any() ? parts.minutes.count() : std::size_t{1};
  if (hours * minutes > kMostTimes) return "it comes more than 100 times a day";
  return std::nullopt;
}

}  // namespace

Result<ClockTime> parse_clock_time(std::string_view text) {
  const auto wrong = [] {
    return fail(Fault::invalid, "must be a time like 2026-11-22T02:00:00, of 1970 to 2199");
  };
  const std::string_view form = "0000-00-00T00:00:00";
  if (text.size() != form.size() && text.size() != form.size() - 3) return wrong();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !digit : text[i] != form[i]) return wrong();
  }
  const auto part = [&](std::size_t at, std::size_t size) {
    return parse_number<int>(text.substr(at, size)).value_or(0);
  };
  const date::year_month_day day = date::year(part(0, 4)) / part(5, 2) / part(8, 2);
  const int hour = part(11, 2), minute = part(14, 2);
  const int second = text.size() == form.size() ? part(17, 2) : 0;
  const int year = static_cast<int>(day.year());
  if (!day.ok() || year < 1970 || year > 2199 || hour > 23 || minute > 59 || second > 59) {
    return wrong();
  }
  return ClockTime(date::local_days(day).time_since_epoch() + std::chrono::hours(hour) +
                   std::chrono::minutes(minute) + std::chrono::seconds(second));
}

Result<RRuleParts> read_rrule(std::string_view text) {
  auto rule = upper(text);
  if (rule.starts_with("RRULE:")) rule.erase(0, 6);
  RRuleParts parts;
  std::map<std::string, bool> seen;
  std::string_view rest = rule;
  while (!rest.empty()) {
    const auto part = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const auto equals = part.find('=');
    const std::string name(part.substr(0, equals));
    if (equals == std::string_view::npos) {
      return fail(Fault::invalid, "'" + name + "' must look like FREQ=WEEKLY");
    }
    if (!seen.emplace(name, true).second) return fail(Fault::invalid, name + " comes twice");
    if (const auto wrong = read_part(name, part.substr(equals + 1), parts)) {
      return fail(Fault::invalid, name + ": " + *wrong);
    }
  }
  if (!seen.contains("FREQ")) return fail(Fault::invalid, "FREQ is missing: FREQ=WEEKLY");
  if (const auto wrong = contradiction(parts)) return fail(Fault::invalid, *wrong);
  return parts;
}

}  // namespace monitron::domain
