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

}  // namespace monitron::checker
