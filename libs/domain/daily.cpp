#include "domain/daily.hpp"

#include "base/text.hpp"

#include <date/tz.h>

namespace monitron::domain {
namespace {

using std::chrono::minutes;

Result<const date::time_zone*> zone_of(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return fail(Fault::invalid, "is no time zone: " + name);
  }
}

Result<minutes> time_of_day(std::string_view text) {
  const auto hour = text.size() == 5 ? parse_number<int>(text.substr(0, 2)) : std::nullopt;
  const auto minute = text.size() == 5 ? parse_number<int>(text.substr(3, 2)) : std::nullopt;
  if (!hour || !minute || text[2] != ':' || *hour < 0 || *hour > 23 || *minute < 0 ||
      *minute > 59) {
    return fail(Fault::invalid, "is no time of day like 07:30");
  }
  return minutes(*hour * 60 + *minute);
}

Instant to_instant(const date::time_zone* zone, date::local_days day, minutes time) {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(
      zone->to_sys(day + time, date::choose::earliest));
}

date::local_days local_day(const date::time_zone* zone, Instant instant) {
  return date::floor<date::days>(zone->to_local(instant));
}

}  // namespace

Result<DailyRun> latest_daily_run(Instant now, std::string_view at, const std::string& zone_name) {
  const auto zone = zone_of(zone_name);
  if (!zone) return fail(zone.error());
  const auto time = time_of_day(at);
  if (!time) return fail(time.error());
  auto day = local_day(*zone, now);
  if (to_instant(*zone, day, *time) > now) day -= date::days(1);
  return DailyRun{to_instant(*zone, day, *time), to_instant(*zone, day - date::days(1), minutes(0)),
                  to_instant(*zone, day, minutes(0))};
}

Result<std::vector<Instant>> day_starts(Instant from, Instant to, const std::string& zone_name) {
  const auto zone = zone_of(zone_name);
  if (!zone) return fail(zone.error());
  std::vector<Instant> starts;
  for (auto day = local_day(*zone, from);; day += date::days(1)) {
    const auto start = to_instant(*zone, day, minutes(0));
    if (start >= to) return starts;
    if (start >= from) starts.push_back(start);
  }
}

Result<std::string> local_time(Instant instant, const std::string& zone_name) {
  const auto zone = zone_of(zone_name);
  if (!zone) return fail(zone.error());
  return date::format("%Y-%m-%d %H:%M", date::floor<minutes>((*zone)->to_local(instant)));
}

Result<std::string> local_seconds(Instant instant, const std::string& zone_name) {
  const auto zone = zone_of(zone_name);
  if (!zone) return fail(zone.error());
  return date::format("%Y-%m-%d %H:%M:%S",
                      date::floor<std::chrono::seconds>((*zone)->to_local(instant)));
}

}  // namespace monitron::domain
