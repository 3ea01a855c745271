// Functions from a time, in seconds since 1970 (UTC), to what the calendar and the clock say.

#include "promql/calls.hpp"

#include <chrono>
#include <cmath>

namespace monitron::promql {

namespace {

using namespace std::chrono;

// Far beyond any time of a sample, and what std::chrono's years can hold.
constexpr double kLimit = 9e11;

sys_seconds time_of(double value) {
  if (!(std::abs(value) < kLimit)) value = 0;
  return sys_seconds(seconds(static_cast<std::int64_t>(value)));
}
year_month_day date_of(double value) { return floor<days>(time_of(value)); }
seconds of_day(double value) {
  const auto time = time_of(value);
  return time - floor<days>(time);
}

double day_of_month(double value) { return static_cast<unsigned>(date_of(value).day()); }
double day_of_week(double value) { return weekday(floor<days>(time_of(value))).c_encoding(); }
double day_of_year(double value) {
  const auto day = floor<days>(time_of(value));
  return static_cast<double>((day - sys_days(date_of(value).year() / January / 1)).count() + 1);
}
double days_in_month(double value) {
  const auto date = date_of(value);
  return static_cast<unsigned>((date.year() / date.month() / last).day());
}
double month_of(double value) { return static_cast<unsigned>(date_of(value).month()); }
double year_of(double value) { return static_cast<int>(date_of(value).year()); }
double hour_of(double value) { return floor<hours>(of_day(value)).count(); }
double minute_of(double value) {
  return static_cast<double>(floor<minutes>(of_day(value)).count() % 60);
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
