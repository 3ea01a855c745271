// Functions from a time, in seconds since 1970 (UTC), to what the calendar and the clock say.
//
// Prometheus computes them with Go's 64-bit time, so that even infinities and NaN have a date: that
// of the smallest integer. Hence no std::chrono, whose years end earlier.

#include "promql/calls.hpp"

#include <array>

namespace monitron::promql {

namespace {

constexpr std::uint64_t kDay = 86'400;
// The year that Go counts from, the first of a cycle of 400; its first day is a Monday.
constexpr std::int64_t kFirstYear = -292'277'022'399;
constexpr std::uint64_t kFirstTo1970 = 9'223'372'028'715'321'600U;

// Seconds since the first year.
std::uint64_t seconds_of(double value) {
  const bool fits = value >= -0x1p63 && value < 0x1p63;
  const auto seconds = fits ? static_cast<std::int64_t>(value) : INT64_MIN;
  return static_cast<std::uint64_t>(seconds) + kFirstTo1970;
}

struct Date {
  std::int64_t year = 0;
  std::uint64_t day_of_year = 0;  // from 0
  bool leap = false;
};

// Takes out cycles of 400, 100, 4 years and one; the last of 100 and of 1 may be a day longer.
Date date_of(double value) {
  std::uint64_t days = seconds_of(value) / kDay;
  std::uint64_t years = days / 146'097 * 400;
  days %= 146'097;
  const auto centuries = std::min<std::uint64_t>(days / 36'524, 3);
  days -= centuries * 36'524;
  const auto fours = days / 1461;
  days %= 1461;
  const auto ones = std::min<std::uint64_t>(days / 365, 3);
  days -= ones * 365;
  years += centuries * 100 + fours * 4 + ones;
  const auto year = static_cast<std::int64_t>(years) + kFirstYear;
  return {year, days, year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)};
}

struct Month {
  int number = 1;
  std::uint64_t days = 31;
  std::uint64_t day = 1;
};

Month in_month(double value) {
  const Date date = date_of(value);
  const std::array<std::uint64_t, 12> lengths{
      31, date.leap ? 29U : 28U, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  Month month{1, lengths[0], date.day_of_year + 1};
  while (month.day > month.days) {
    month.day -= month.days;
    month.days = lengths.at(static_cast<std::size_t>(month.number++));
  }
  return month;
}

double day_of_month(double value) { return static_cast<double>(in_month(value).day); }
double day_of_week(double value) { return static_cast<double>((seconds_of(value) / kDay + 1) % 7); }
double day_of_year(double value) { return static_cast<double>(date_of(value).day_of_year + 1); }
double days_in_month(double value) { return static_cast<double>(in_month(value).days); }
double month_of(double value) { return in_month(value).number; }
double year_of(double value) { return static_cast<double>(date_of(value).year); }
double hour_of(double value) {
  const auto hour = seconds_of(value) % kDay / 3600;
  return static_cast<double>(hour);
}
double minute_of(double value) {
  const auto minute = seconds_of(value) % 3600 / 60;
  return static_cast<double>(minute);
}

struct Named {
  std::string_view name;
  OfOne function;
};
constexpr Named kFunctions[] = {
    {"day_of_month", day_of_month},
    {"day_of_week", day_of_week},
    {"day_of_year", day_of_year},
    {"days_in_month", days_in_month},
    {"hour", hour_of},
    {"minute", minute_of},
    {"month", month_of},
    {"year", year_of},
};

}  // namespace

OfOne date_function(std::string_view name) {
  for (const auto& entry : kFunctions) {
    if (entry.name == name) return entry.function;
  }
  return nullptr;
}

}  // namespace monitron::promql
