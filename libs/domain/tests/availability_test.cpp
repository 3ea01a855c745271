// Availability over a range and days of time zones (M-144, M-147).

#include "domain/availability.hpp"

#include "domain/daily.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {
namespace {

using namespace std::chrono_literals;

Instant at(int second) { return from_ms(second * 1000LL); }
Instant utc(const char* text) { return *parse_rfc3339(text); }

TEST(Availability, CountsUpDownAndUnknown) {
  const std::vector<Observation> seen{{at(0), true},   {at(10), true}, {at(20), false},
                                      {at(30), false}, {at(40), true}, {at(100), false}};
  const auto sum = availability(seen, at(0), at(200), 10s);
  EXPECT_EQ(sum.up, 40s);    // 0-20 and 40-60, then nothing stands for the time
  EXPECT_EQ(sum.down, 40s);  // 20-40 and 100-120
  EXPECT_EQ(sum.unknown, 120s);
  EXPECT_EQ(sum.outages, (std::vector<Outage>{{at(20), at(40)}, {at(100), at(120)}}));
  EXPECT_EQ(sum.longest_outage(), 20s);
  EXPECT_DOUBLE_EQ(*sum.ratio(), 0.5);
}

TEST(Availability, ResultsBeforeTheRangeStandForItsBeginning) {
  const auto sum = availability(std::vector<Observation>{{at(95), true}}, at(100), at(110), 10s);
  EXPECT_EQ(sum.up, 10s);
  EXPECT_FALSE(availability({}, at(0), at(10), 10s).ratio());
}

RC_GTEST_PROP(Availability, AccountsForAllTimeOnce, (std::vector<std::pair<int, bool>> raw)) {
  std::vector<Observation> seen;
  for (const auto& [time, up] : raw) seen.push_back({at(std::abs(time % 1000)), up});
  std::sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  const auto sum = availability(seen, at(100), at(900), 10s);
  RC_ASSERT(sum.up + sum.down + sum.unknown == 800s);
  std::chrono::milliseconds outages{0};
  for (const auto& outage : sum.outages) outages += outage.to - outage.from;
  RC_ASSERT(outages == sum.down);
  // Pieces make the whole.
  auto pieces = availability(seen, at(100), at(333), 10s);
  pieces += availability(seen, at(333), at(900), 10s);
  RC_ASSERT(pieces.up == sum.up && pieces.down == sum.down);
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

RC_GTEST_PROP(Daily, EveryDayHasOneRun, ()) {
  const auto zone = *rc::gen::element<std::string>("UTC", "Europe/Berlin", "America/New_York",
                                                   "Australia/Lord_Howe", "Asia/Kathmandu");
  const auto now = from_ms(*rc::gen::inRange<std::int64_t>(1'600'000'000'000, 1'900'000'000'000));
  const auto run = latest_daily_run(now, "02:15", zone);
  RC_ASSERT(run.has_value());
  RC_ASSERT(run->due <= now && now - run->due < 26h);
  RC_ASSERT(run->from < run->to && run->to <= run->due);
  RC_ASSERT(latest_daily_run(run->due, "02:15", zone)->due == run->due);
  const auto before = latest_daily_run(run->due - 1ms, "02:15", zone);
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
