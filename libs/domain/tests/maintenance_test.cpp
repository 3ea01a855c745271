#include "domain/maintenance.hpp"

#include <date/tz.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {

namespace {

using namespace std::chrono_literals;

Instant at(const char* text) { return parse_rfc3339(text).value(); }

MaintenanceWindow once(const char* from, const char* to) {
  MaintenanceWindow window;
  window.id = Uuid::make();
  window.selector = {{"env", "prod"}};
  window.once = {at(from), at(to)};
  window.in_force_from = at(from);
  window.counts_in_sla = false;
  return window;
}

MaintenanceWindow again(const char* rule, const char* start, std::chrono::seconds duration,
                        const std::string& zone) {
  MaintenanceWindow window;
  window.id = Uuid::make();
  window.everything = true;
  window.recurrence = {rule, start, duration, zone};
  window.counts_in_sla = false;
  return window;
}

MaintenanceTimes times_of(const MaintenanceWindow& window) {
  return MaintenanceTimes::of(window).value();
}

}  // namespace

TEST(Maintenance, AWindowCoversWhatHasAllItsLabels) {
  MaintenanceWindow window;
  EXPECT_FALSE(window.covers({{"env", "prod"}})) << "no label at all is not everything";
  window.selector = {{"env", "prod"}, {"rack", "7"}};
  EXPECT_FALSE(window.covers({{"env", "prod"}}));
  EXPECT_FALSE(window.covers({{"env", "prod"}, {"rack", "8"}}));
  EXPECT_TRUE(window.covers({{"env", "prod"}, {"host", "a"}, {"rack", "7"}}));
  window.everything = true;
  EXPECT_TRUE(window.covers({}));
}

TEST(Maintenance, OnceBeginsAndEndsAsItWasTold) {
  const auto times = times_of(once("2026-11-22T02:00:00Z", "2026-11-22T04:00:00Z"));
  EXPECT_FALSE(times.at(at("2026-11-22T01:59:59.999Z")));
  EXPECT_TRUE(times.at(at("2026-11-22T02:00:00Z")));
  EXPECT_TRUE(times.at(at("2026-11-22T03:59:59.999Z")));
  EXPECT_FALSE(times.at(at("2026-11-22T04:00:00Z")));
  EXPECT_EQ(times.next(at("2026-11-22T00:00:00Z"), 5).size(), 1U);
  EXPECT_TRUE(times.next(at("2026-11-22T02:00:00Z"), 5).empty());
}

TEST(Maintenance, WhatWasNotInForceIsNoMaintenance) {
  auto window = again("FREQ=DAILY", "2026-11-01T02:00:00", 2h, "UTC");
  window.in_force_from = at("2026-11-20T03:00:00Z");
  window.in_force_until = at("2026-11-22T02:30:00Z");
  const auto times = times_of(window);
  const auto spans = times.between(at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
  const std::vector<TimeSpan> wanted = {{at("2026-11-20T03:00:00Z"), at("2026-11-20T04:00:00Z")},
                                        {at("2026-11-21T02:00:00Z"), at("2026-11-21T04:00:00Z")},
                                        {at("2026-11-22T02:00:00Z"), at("2026-11-22T02:30:00Z")}};
  EXPECT_EQ(spans, wanted);
  EXPECT_FALSE(times.at(at("2026-11-20T02:30:00Z")));
  EXPECT_TRUE(times.at(at("2026-11-22T02:29:00Z")));
  EXPECT_FALSE(times.at(at("2026-11-22T02:30:00Z")));
}

TEST(Maintenance, APlanKnowsWhoIsInMaintenanceAndWhatDoesNotCount) {
  auto counted = once("2026-11-22T00:00:00Z", "2026-11-22T12:00:00Z");
  counted.counts_in_sla = true;
  const std::vector windows = {once("2026-11-22T02:00:00Z", "2026-11-22T04:00:00Z"),
                               once("2026-11-22T03:00:00Z", "2026-11-22T05:00:00Z"), counted};
  const MaintenancePlan plan(windows);
  const LabelSet prod = {{"env", "prod"}};
  const auto now = plan.active(at("2026-11-22T03:30:00Z"));
  EXPECT_EQ(now.size(), 3U);
  const auto* active = MaintenancePlan::over(now, prod);
  ASSERT_NE(active, nullptr);
  EXPECT_EQ(active->window->id, counted.id) << "the one that lasts longest";
  EXPECT_EQ(active->until, at("2026-11-22T12:00:00Z"));
  EXPECT_EQ(MaintenancePlan::over(now, {{"env", "test"}}), nullptr);
  const std::vector<TimeSpan> wanted = {{at("2026-11-22T02:00:00Z"), at("2026-11-22T05:00:00Z")}};
  EXPECT_EQ(plan.outside_sla(prod, at("2026-11-22T00:00:00Z"), at("2026-11-23T00:00:00Z")), wanted);
}

namespace {

// In every zone, at all changes of clocks of some years.
template <class Look>
std::size_t at_each_change(const date::time_zone& zone, Look look) {
  const auto begin = date::sys_seconds(date::sys_days(date::year(2009) / 6 / 1));
  const auto end = date::sys_seconds(date::sys_days(date::year(2011) / 12 / 31));
  std::size_t changes = 0;
  for (auto span = zone.get_info(begin); span.end < end; span = zone.get_info(span.end)) {
    look(Instant(span.end.time_since_epoch()));
    ++changes;
  }
  return changes;
}

// The spans of a range are those of its parts, wherever it is cut.
void expect_same_when_cut(const MaintenanceTimes& times, Instant change) {
  const auto from = change - 30h, to = change + 30h;
  const auto whole = times.between(from, to);
  ASSERT_GE(whole.size(), 3U);
  for (std::size_t i = 1; i < whole.size(); ++i) ASSERT_LT(whole[i - 1].to, whole[i].from);
  for (const auto cut : {change - 1h, change, change + 20min, change + 90min}) {
    auto parts = times.between(from, cut);
    for (const auto& part : times.between(cut, to)) {
      if (!parts.empty() && parts.back().to == part.from) {
        parts.back().to = part.to;
      } else {
        parts.push_back(part);
      }
    }
    ASSERT_EQ(parts, whole) << "cut at " << to_rfc3339(cut);
  }
}

// What is active at a moment is what the spans say.
void expect_active_in_spans(const MaintenanceTimes& times, Instant change) {
  const auto spans = times.between(change - 30h, change + 30h);
  for (auto moment = change - 5h; moment < change + 5h; moment += 5min) {
    const bool inside = std::any_of(spans.begin(), spans.end(), [&](const TimeSpan& one) {
      return one.from <= moment && moment < one.to;
    });
    ASSERT_EQ(times.at(moment).has_value(), inside) << to_rfc3339(moment);
  }
}

}  // namespace

TEST(Maintenance, NoGapAndNoOverlapWhereClocksAreChanged) {
  std::size_t zones = 0, changes = 0;
  for (const auto& zone : date::get_tzdb().zones) {
    SCOPED_TRACE(zone.name());
    ++zones;
    const auto nightly = times_of(
        again("FREQ=DAILY;BYHOUR=0,2;BYMINUTE=30", "2001-01-01T00:30:00", 45min, zone.name()));
    // A day has up to 27 hours: Antarctica/Casey moved its clocks by three.
    const auto always = times_of(again("FREQ=DAILY", "2001-01-01T02:30:00", 27h, zone.name()));
    changes += at_each_change(zone, [&](Instant change) {
      expect_same_when_cut(nightly, change);
      expect_active_in_spans(nightly, change);
      const TimeSpan range{change - 30h, change + 30h};
      EXPECT_EQ(always.between(range.from, range.to), std::vector{range}) << "days on end";
    });
  }
  std::cout << zones << " zones, " << changes << " changes of clocks\n";
  EXPECT_GE(zones, 340U);
  EXPECT_GE(changes, 500U);
}

RC_GTEST_PROP(Maintenance, WhatIsExcludedIsWhatIsActive, ()) {
  const auto start = at("2026-11-01T00:00:00Z");
  const auto some = [&] { return start + std::chrono::minutes(*rc::gen::inRange(0, 6000)); };
  std::vector<MaintenanceWindow> windows;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    auto window = again(*rc::gen::element("FREQ=DAILY", "FREQ=HOURLY;INTERVAL=5",
                                          "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=DAILY;COUNT=2"),
                        "2026-10-20T02:15:00", std::chrono::minutes(*rc::gen::inRange(1, 600)),
                        *rc::gen::element<std::string>("UTC", "America/New_York", "Asia/Kolkata"));
    window.in_force_from = some();
    if (*rc::gen::arbitrary<bool>()) window.in_force_until = window.in_force_from + 1500min;
    windows.push_back(window);
  }
  const MaintenancePlan plan(windows);
  const auto excluded = plan.outside_sla({}, start, start + 6000min);
  for (int i = 0; i < 50; ++i) {
    const auto moment = some();
    const bool inside = std::any_of(excluded.begin(), excluded.end(), [&](const TimeSpan& one) {
      return one.from <= moment && moment < one.to;
    });
    RC_ASSERT(plan.active(moment).empty() != inside);
  }
  for (std::size_t i = 1; i < excluded.size(); ++i) {
    RC_ASSERT(excluded[i - 1].to < excluded[i].from);
  }
}

}  // namespace monitron::domain
