// Availability over a range and days of time zones (M-140, M-144).

#include "domain/availability.hpp"

#include "domain/daily.hpp"

#include <cstdio>
#include <date/tz.h>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>

namespace monitron::domain {
namespace {

using namespace std::chrono_literals;

Instant at(int second) { return from_ms(second * 1000LL); }
Instant utc(const char* text) { return *parse_rfc3339(text); }

Availability found(const std::vector<Observation>& seen, Instant from, Instant to) {
  std::vector<KnownSpan> spans;
  for (const auto& one : seen) extend(spans, one, 10s);
  return availability(spans, from, to, 10s);
}

TEST(Availability, CountsUpDownAndUnknown) {
  const auto sum = found({{at(0), true},
                          {at(10), true},
                          {at(20), false},
                          {at(30), false},
                          {at(40), true},
                          {at(100), false}},
                         at(0), at(200));
  EXPECT_EQ(sum.up, 30s);  // 0-20 and 40-50, then nothing stands for the time
  EXPECT_EQ(sum.down, 30s);
  EXPECT_EQ(sum.unknown, 140s);
  EXPECT_EQ(sum.outages, (std::vector<Outage>{{at(20), at(40)}, {at(100), at(110)}}));
  EXPECT_EQ(sum.longest_outage(), 20s);
  EXPECT_EQ(sum.mean_time_to_repair(), 15s);
  EXPECT_EQ(sum.mean_time_between_failures(), 15s);
  EXPECT_DOUBLE_EQ(*sum.ratio(), 0.5);
}

TEST(Availability, WhatIsLeftOutIsNeitherUpNorDownNorUnknown) {
  std::vector<KnownSpan> spans;
  for (int i = 0; i < 10; ++i) extend(spans, {at(10 * i), i < 3 || i > 6}, 10s);
  const std::vector<TimeSpan> excluded = {{at(-20), at(5)}, {at(45), at(50)}, {at(95), at(150)}};
  const auto sum = availability(spans, at(0), at(120), 10s, excluded);
  EXPECT_EQ(sum.excluded, 35s);
  EXPECT_EQ(sum.up, 50s);
  EXPECT_EQ(sum.down, 35s);
  EXPECT_EQ(sum.unknown, 0s);
  EXPECT_EQ(sum.outages, (std::vector<Outage>{{at(30), at(45)}, {at(50), at(70)}}));
}

RC_GTEST_PROP(Availability, LeavingOutIsAsIfThatTimeHadNotBeen, ()) {
  std::vector<KnownSpan> spans;
  for (int i = 0; i < 60; ++i) {
    if (*rc::gen::inRange(0, 4) > 0) extend(spans, {at(10 * i), *rc::gen::arbitrary<bool>()}, 10s);
  }
  std::vector<TimeSpan> excluded;
  for (int second = *rc::gen::inRange(-30, 100); second < 600;) {
    const int end = second + *rc::gen::inRange(1, 80);
    excluded.push_back({at(second), at(end)});
    second = end + *rc::gen::inRange(1, 150);
  }
  const auto sum = availability(spans, at(0), at(600), 10s, excluded);
  std::chrono::seconds up{0}, down{0}, unknown{0}, left_out{0};
  for (int second = 0; second < 600; ++second) {
    const auto holds = [&](const auto& one) {
      return one.from <= at(second) && at(second) < one.to;
    };
    const auto span = std::find_if(spans.begin(), spans.end(), holds);
    const bool out = std::any_of(excluded.begin(), excluded.end(), holds);
    (out ? left_out : span == spans.end() ? unknown : span->up ? up : down) += 1s;
  }
  RC_ASSERT(sum.up == up);
  RC_ASSERT(sum.down == down);
  RC_ASSERT(sum.unknown == unknown);
  RC_ASSERT(sum.excluded == left_out);
}

TEST(Availability, MissedSlotsAreUnknownAndNeverDown) {
  // 10-20 could not be run, 40-60 was missed.
  const auto sum =
      found({{at(0), true}, {at(20), true}, {at(30), true}, {at(60), true}}, at(0), at(70));
  EXPECT_EQ(sum.up, 40s);
  EXPECT_EQ(sum.down, 0s);
  EXPECT_EQ(sum.unknown, 30s);
  EXPECT_DOUBLE_EQ(*sum.ratio(), 1);
  EXPECT_FALSE(sum.mean_time_to_repair());
}

TEST(Availability, TwoMissedSlotsDoNotEndAnOutageThreeDo) {
  const auto one = found({{at(0), false}, {at(30), false}}, at(0), at(40));
  EXPECT_EQ(one.outages, (std::vector<Outage>{{at(0), at(40)}}));
  EXPECT_EQ(one.down, 20s);  // only what is known
  const auto two = found({{at(0), false}, {at(40), false}}, at(0), at(50));
  EXPECT_EQ(two.outages.size(), 2U);
}

TEST(Availability, ResultsBeforeTheRangeStandForItsBeginning) {
  const auto sum = found({{at(95), true}}, at(100), at(110));
  EXPECT_EQ(sum.up, 5s);
  EXPECT_FALSE(found({}, at(0), at(10)).ratio());
}

TEST(Availability, ResultsOfEqualTimesAreTheLast) {
  const auto sum = found({{at(0), true}, {at(0), false}}, at(0), at(10));
  EXPECT_EQ(sum.down, 10s);
  EXPECT_EQ(sum.up, 0s);
}

RC_GTEST_PROP(Availability, AccountsForAllTimeOnce,
              (const std::vector<std::pair<int, bool>>& raw)) {
  std::vector<Observation> seen;
  for (const auto& [time, up] : raw) seen.push_back({at(std::abs(time % 1000)), up});
  std::stable_sort(seen.begin(), seen.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  const auto sum = found(seen, at(100), at(900));
  RC_ASSERT(sum.up + sum.down + sum.unknown == 800s);
  RC_ASSERT(sum.unknown >= 0s);
  std::chrono::milliseconds outages{0};
  for (const auto& outage : sum.outages) {
    RC_ASSERT(outage.from < outage.to && outage.from >= at(100) && outage.to <= at(900));
    outages += outage.to - outage.from;
  }
  RC_ASSERT(outages >= sum.down && outages <= sum.down + sum.unknown);
  // Pieces make the whole.
  const auto first = found(seen, at(100), at(333)), second = found(seen, at(333), at(900));
  RC_ASSERT(first.up + second.up == sum.up && first.down + second.down == sum.down);
}

// Second by second, as one would do it with a pencil.
RC_GTEST_PROP(Availability, IsWhatCountingSecondsGives,
              (const std::vector<std::pair<int, bool>>& raw)) {
  std::map<int, bool> seen;
  for (const auto& [time, up] : raw) seen[std::abs(time % 300)] = up;
  std::chrono::seconds up{0}, down{0};
  for (int second = 50; second < 250; ++second) {
    const auto next = seen.upper_bound(second);
    if (next == seen.begin()) continue;
    const auto& [time, is_up] = *std::prev(next);
    if (second < time + 10) (is_up ? up : down) += 1s;
  }
  std::vector<Observation> results;
  for (const auto& [time, is_up] : seen) results.push_back({at(time), is_up});
  const auto sum = found(results, at(50), at(250));
  RC_ASSERT(sum.up == up && sum.down == down);
}

TEST(Quantile, IsTheNearestRank) {
  EXPECT_EQ(quantile({5, 1, 3, 2, 4}, 0.95), 5);
  EXPECT_EQ(quantile({5, 1, 3, 2, 4}, 0.5), 3);
  EXPECT_FALSE(quantile({}, 0.5));
}

TEST(Daily, TheLatestRunAndTheDayBefore) {
  const auto run = latest_daily_run(utc("2026-11-21T06:29:59Z"), "07:30", "Europe/Berlin");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->due, utc("2026-11-20T06:30:00Z"));
  EXPECT_EQ(run->from, utc("2026-11-18T23:00:00Z"));
  EXPECT_EQ(run->to, utc("2026-11-19T23:00:00Z"));
  EXPECT_EQ(latest_daily_run(utc("2026-11-21T06:30:00Z"), "07:30", "Europe/Berlin")->due,
            utc("2026-11-21T06:30:00Z"));
}

TEST(Daily, ClocksThatSkipAndRepeat) {
  // 2026-03-29 02:30 does not exist in Berlin, 2026-10-25 02:30 is there twice.
  EXPECT_EQ(latest_daily_run(utc("2026-03-29T12:00:00Z"), "02:30", "Europe/Berlin")->due,
            utc("2026-03-29T01:00:00Z"));
  EXPECT_EQ(latest_daily_run(utc("2026-10-25T12:00:00Z"), "02:30", "Europe/Berlin")->due,
            utc("2026-10-25T00:30:00Z"));
  const auto short_day = latest_daily_run(utc("2026-03-30T12:00:00Z"), "07:00", "Europe/Berlin");
  EXPECT_EQ(short_day->to - short_day->from, 23h);
  const auto long_day = latest_daily_run(utc("2026-10-26T12:00:00Z"), "07:00", "Europe/Berlin");
  EXPECT_EQ(long_day->to - long_day->from, 25h);
}

const std::vector<std::string>& zones() {
  static const auto names = [] {
    std::vector<std::string> all;
    for (const auto& zone : date::get_tzdb().zones) all.push_back(zone.name());
    return all;
  }();
  return names;
}

// Any zone, any time of day, from 2015 (the last day that a country left out was in 2011) to 2037.
RC_GTEST_PROP(Daily, EveryDayHasOneRun, ()) {
  const auto zone = *rc::gen::elementOf(zones());
  const auto minute = *rc::gen::inRange(0, 24 * 60);
  char time[16];
  std::snprintf(time, sizeof time, "%02d:%02d", minute / 60 % 24, minute % 60);
  const auto now = from_ms(*rc::gen::inRange<std::int64_t>(1'420'070'400'000, 2'114'380'800'000));
  const auto run = latest_daily_run(now, time, zone);
  RC_ASSERT(run.has_value());
  RC_ASSERT(run->due <= now && now - run->due < 26h);
  RC_ASSERT(run->from < run->to && run->to <= run->due);
  RC_ASSERT(run->to - run->from >= 22h && run->to - run->from <= 26h);
  RC_ASSERT(*latest_daily_run(run->due, time, zone) == *run);
  const auto before = latest_daily_run(run->due - 1ms, time, zone);
  RC_ASSERT(before->to == run->from);  // days follow each other without a gap
}

TEST(Daily, NamesWhatIsWrong) {
  EXPECT_FALSE(latest_daily_run(at(0), "24:00", "UTC"));
  EXPECT_FALSE(latest_daily_run(at(0), "7:30", "UTC"));
  EXPECT_FALSE(latest_daily_run(at(0), "07:30", "Mars/Olympus"));
  EXPECT_EQ(*local_time(utc("2026-07-01T22:05:00Z"), "Europe/Berlin"), "2026-07-02 00:05");
  EXPECT_EQ(day_starts(utc("2026-11-19T00:00:00Z"), utc("2026-11-21T00:00:00Z"), "UTC")->size(),
            2u);
}

}  // namespace
}  // namespace monitron::domain
