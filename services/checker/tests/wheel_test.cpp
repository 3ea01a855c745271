#include "checker/wheel.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>

namespace monitron::checker {

RC_GTEST_PROP(Wheel, GivesEachItemOnceAndNeverEarly, ()) {
  const auto dues = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 20'000));
  Wheel<int> wheel;
  const std::int64_t start = 1'700'000'000'000;
  (void)wheel.take(start);
  for (const int due : dues) wheel.add(start + due, due);
  std::multiset<int> seen;
  for (std::int64_t now = start; wheel.size() > 0;) {
    const auto next = wheel.next();
    RC_ASSERT(next.has_value());
    now = std::max(now + 1, *next);
    for (const int due : wheel.take(now)) {
      RC_ASSERT(start + due <= now);
      RC_ASSERT(now - (start + due) <= 1);
      seen.insert(due);
    }
  }
  RC_ASSERT(seen == std::multiset<int>(dues.begin(), dues.end()));
}

TEST(Wheel, AfterALongPauseEverythingDueComesAtOnce) {
  Wheel<int> wheel;
  (void)wheel.take(1000);
  for (int i = 0; i < 50; ++i) wheel.add(1001 + i * 500, i);
  EXPECT_EQ(wheel.take(1001 + 24 * 500).size() + wheel.take(1001 + 24 * 500 + 1).size(), 25U);
  EXPECT_EQ(wheel.size(), 25U);
}

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kHour = 3'600'000;
using Taken = std::vector<int>;

TEST(Wheel, AClockSetBackAnHourCountsFromThereOn) {
  Wheel<int> wheel;
  EXPECT_EQ(wheel.take(kNow), Taken{});
  wheel.add(kNow + 10, 1);
  const auto back = kNow - kHour;
  wheel.add(back - 5, 2);   // overdue by either clock
  wheel.add(back + 20, 3);  // came after the clock was set, before anybody noticed
  EXPECT_EQ(wheel.take(back), Taken{2});
  wheel.add(back + 30, 4);
  EXPECT_EQ(wheel.next(), back + 20);
  EXPECT_EQ(wheel.take(back + 19), Taken{});
  EXPECT_EQ(wheel.take(back + 30), (Taken{3, 4}));
  EXPECT_EQ(wheel.size(), 1U);
  EXPECT_LE(wheel.next(), back + 5000) << "what is far is looked at in between";
  EXPECT_EQ(wheel.take(kNow + 10).size() + wheel.take(kNow + 11).size(), 1U);
}

TEST(Wheel, AnEmptyOneNoticesAClockSetBackToo) {
  Wheel<int> wheel;
  EXPECT_EQ(wheel.take(kNow), Taken{});
  EXPECT_EQ(wheel.take(kNow - kHour), Taken{});
  wheel.add(kNow - kHour + 7, 1);
  EXPECT_EQ(wheel.next(), kNow - kHour + 7);
  EXPECT_EQ(wheel.take(kNow - kHour + 7), Taken{1});
}

TEST(Wheel, AClockSetForwardAnHourMakesAllDue) {
  Wheel<int> wheel;
  EXPECT_EQ(wheel.take(kNow), Taken{});
  wheel.add(kNow + 10, 1);
  wheel.add(kNow + kHour / 2, 2);
  const auto ahead = kNow + kHour;
  wheel.add(ahead + 20, 3);
  auto taken = wheel.take(ahead);
  const auto rest = wheel.take(ahead + 1);
  taken.insert(taken.end(), rest.begin(), rest.end());
  EXPECT_EQ(taken, (Taken{1, 2}));
  EXPECT_EQ(wheel.next(), ahead + 20);
  EXPECT_EQ(wheel.take(ahead + 20), Taken{3});
}

}  // namespace monitron::checker
