// What is usual, learnt from the past, and what is not (M-003).

#include "domain/baseline.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <rapidcheck/gtest.h>

namespace monitron::domain {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kWeek = 7 * kDay;
constexpr std::int64_t kStep = 900'000;
constexpr std::int64_t kMonday = 1'793'577'600'000;  // 2026-11-02 00:00 UTC

// Office hours: much by day from Monday to Friday, little else.
double traffic(std::int64_t time_ms) {
  const auto hours = (time_ms - kMonday) / kHour;
  const auto hour = hours % 24, day = (hours / 24) % 7;
  const bool office = day < 5 && hour >= 8 && hour < 18;
  return office ? 800 : 100;
}

std::vector<SeriesPoint> weeks_of_traffic(std::int64_t weeks, double noise, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> wobble(0, noise);
  std::vector<SeriesPoint> points;
  for (auto time = kMonday; time < kMonday + weeks * kWeek; time += kStep) {
    points.push_back({time, traffic(time) + wobble(random)});
  }
  return points;
}

TEST(Baseline, KnowsTheHourOfTheWeek_M003) {
  const auto baseline = Baseline::learn(weeks_of_traffic(4, 20), {});
  ASSERT_TRUE(baseline);
  EXPECT_EQ(baseline->season(), Season::week);
  const auto tuesday_noon = kMonday + 4 * kWeek + 36 * kHour;
  const auto sunday_noon = kMonday + 4 * kWeek + 156 * kHour;
  EXPECT_FALSE(is_outside(baseline->at(tuesday_noon, 5), 820, Direction::both));
  EXPECT_TRUE(is_outside(baseline->at(sunday_noon, 5), 820, Direction::both));
  EXPECT_TRUE(is_outside(baseline->at(tuesday_noon, 5), 100, Direction::both)) << "a drop";
  EXPECT_FALSE(is_outside(baseline->at(tuesday_noon, 5), 100, Direction::up));
  EXPECT_TRUE(is_outside(baseline->at(tuesday_noon, 5), 1500, Direction::up)) << "a spike";
}

TEST(Baseline, IsNotMovedByTheTroublesOfThePast_M003) {
  auto points = weeks_of_traffic(4, 20);
  const auto clean = Baseline::learn(points, {});
  // Two days of outage, and spikes here and there.
  for (std::size_t i = 0; i < 192; ++i) points[i].value = 0;
  for (std::size_t i = 300; i < points.size(); i += 50) points[i].value = 50'000;
  const auto moved = Baseline::learn(points, {});
  ASSERT_TRUE(clean && moved);
  for (std::int64_t hour = 0; hour < 168; ++hour) {
    const auto a = clean->at(kMonday + hour * kHour + kHour / 2, 5);
    const auto b = moved->at(kMonday + hour * kHour + kHour / 2, 5);
    EXPECT_NEAR(a.middle, b.middle, 60) << hour;
    EXPECT_LT(b.upper, 2000) << hour;
  }
}

TEST(Baseline, TakesTheSeasonThatItHasSeenTwice) {
  EXPECT_EQ(Baseline::learn(weeks_of_traffic(1, 5), {})->season(), Season::day);
  auto short_time = weeks_of_traffic(1, 5);
  short_time.resize(96);
  EXPECT_EQ(Baseline::learn(short_time, {})->season(), Season::flat);
  EXPECT_EQ(Baseline::learn(weeks_of_traffic(4, 5), {.season = Season::day})->season(),
            Season::day);
}

// Also where the working day begins and ends, and when clocks were changed for summer.
TEST(Baseline, UsualTrafficIsUsualForAnotherWeek_M003) {
  const auto baseline = Baseline::learn(weeks_of_traffic(4, 20), {});
  ASSERT_TRUE(baseline);
  int alarms = 0, shifted = 0;
  for (auto time = kMonday; time < kMonday + kWeek; time += kStep) {
    const auto band = baseline->at(time + 4 * kWeek, 5);
    alarms += is_outside(band, traffic(time), Direction::both) ? 1 : 0;
    shifted += is_outside(band, traffic(time + kHour), Direction::both) ? 1 : 0;
  }
  EXPECT_EQ(alarms, 0);
  EXPECT_EQ(shifted, 0);
}

TEST(Baseline, NeedsHistory) {
  auto points = weeks_of_traffic(1, 5);
  points.resize(20);  // less than five hours
  EXPECT_FALSE(Baseline::learn(points, {}));
  EXPECT_TRUE(Baseline::learn(points, {.min_history = 1h}));
  points.resize(11);
  EXPECT_FALSE(Baseline::learn(points, {.min_history = 1h}));
  EXPECT_FALSE(Baseline::learn({}, {.min_history = 0s}));
}

TEST(Baseline, ASteadySeriesMayMoveALittle_M003) {
  std::vector<SeriesPoint> points;
  for (std::int64_t i = 0; i < 2000; ++i) points.push_back({kMonday + i * kStep, 50});
  const auto baseline = Baseline::learn(points, {});
  ASSERT_TRUE(baseline);
  const auto band = baseline->at(kMonday, 5);
  EXPECT_FALSE(is_outside(band, 50, Direction::both));
  EXPECT_FALSE(is_outside(band, 51, Direction::both));
  EXPECT_TRUE(is_outside(band, 60, Direction::both));
  EXPECT_FALSE(is_outside(baseline->at(kMonday, 5, 20), 60, Direction::both));
}

TEST(Baseline, LeavesOutWhatIsNoNumber) {
  auto points = weeks_of_traffic(3, 5);
  const auto clean = Baseline::learn(points, {});
  points.push_back({kMonday + kHour, std::numeric_limits<double>::quiet_NaN()});
  points.push_back({kMonday + kHour, std::numeric_limits<double>::infinity()});
  EXPECT_EQ(Baseline::learn(points, {})->at(kMonday, 5), clean->at(kMonday, 5));
  const auto band = clean->at(kMonday, 5);
  EXPECT_FALSE(is_outside(band, std::numeric_limits<double>::quiet_NaN(), Direction::both));
  EXPECT_TRUE(is_outside(band, std::numeric_limits<double>::infinity(), Direction::both));
}

RC_GTEST_PROP(Baseline, TheBandHasItsMiddleInsideAndGrowsWithTheSensitivity, ()) {
  std::vector<SeriesPoint> points;
  const auto count = *rc::gen::inRange<std::size_t>(12, 400);
  for (std::size_t i = 0; i < count; ++i) {
    const auto time = *rc::gen::inRange<std::int64_t>(-30 * kDay, 30 * kDay);
    points.push_back({time, static_cast<double>(*rc::gen::inRange(-1000, 1000))});
  }
  const auto baseline = Baseline::learn(points, {.min_history = 0s});
  RC_ASSERT(baseline.has_value());
  const auto time = *rc::gen::inRange<std::int64_t>(-60 * kDay, 60 * kDay);
  const auto narrow = baseline->at(time, 2), wide = baseline->at(time, 6);
  RC_ASSERT(narrow.lower <= narrow.middle && narrow.middle <= narrow.upper);
  RC_ASSERT(wide.lower <= narrow.lower && narrow.upper <= wide.upper);
  // A week later it is the same hour.
  RC_ASSERT(baseline->at(time + kWeek, 2) == narrow);
  // The order of the points says nothing.
  std::reverse(points.begin(), points.end());
  RC_ASSERT(Baseline::learn(points, {.min_history = 0s})->at(time, 2) == narrow);
}

}  // namespace
}  // namespace monitron::domain
