// Checks that turn all the time (M-002).
#include "domain/check_verdict.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {
namespace {

using enum CheckStatus;

Flapping after(const std::vector<bool>& turns, Flapping state = {}) {
  for (const bool turned : turns) state = advance(state, turned);
  return state;
}

CheckResult result_of(const std::string& location, CheckStatus status, int second) {
  CheckResult result;
  result.location = location;
  result.outcome.status = status;
  result.slot = from_ms(1'700'000'000'000 + second * 1000LL);
  return result;
}

TEST(Flapping, WeighsNewTurnsMore) {
  EXPECT_DOUBLE_EQ(after(std::vector<bool>(20, true)).percent(), 100);
  EXPECT_DOUBLE_EQ(after({true}).percent(), 6);
  EXPECT_DOUBLE_EQ(after({true, false}).percent(), 5 * (1.2 - 0.4 / 19));
  std::vector<bool> oldest(20, false);
  oldest[0] = true;
  EXPECT_DOUBLE_EQ(after(oldest).percent(), 4);
  oldest.push_back(false);
  EXPECT_DOUBLE_EQ(after(oldest).percent(), 0) << "the twentieth is the last that counts";
}

TEST(Flapping, BeginsAboveThirtyAndEndsBelowTwentyFive) {
  auto state = after({true, true, true, true, true});
  EXPECT_FALSE(state.on) << state.percent();
  state = advance(state, true);
  EXPECT_TRUE(state.on) << state.percent();
  while (state.percent() >= Flapping::kLow) {
    EXPECT_TRUE(state.on) << state.percent();
    state = advance(state, false);
  }
  EXPECT_FALSE(state.on);
}

RC_GTEST_PROP(Flapping, FollowsItsLimits, (const std::vector<bool>& turns)) {
  Flapping state;
  for (const bool turned : turns) {
    const auto next = advance(state, turned);
    if (next.percent() > Flapping::kHigh) RC_ASSERT(next.on);
    if (next.percent() < Flapping::kLow) RC_ASSERT(!next.on);
    if (next.on && !state.on) RC_ASSERT(next.percent() > Flapping::kHigh);
    if (!next.on && state.on) RC_ASSERT(next.percent() < Flapping::kLow);
    RC_ASSERT(next.percent() >= 0 && next.percent() <= 100.0001);
    state = next;
  }
}

// What could not be run neither counts nor breaks.
RC_GTEST_PROP(Flapping, DoesNotSeeWhatCouldNotBeRun, ()) {
  CheckStates with, without;
  for (int i = 1; i < 60; ++i) {
    const auto status = *rc::gen::element(up, down, unknown);
    advance(with, result_of("here", status, i));
    if (status == unknown) continue;
    advance(without, result_of("here", status, i));
    RC_ASSERT(with.flapping == without.flapping);
    RC_ASSERT(flapping_percent(with, 1) == flapping_percent(without, 1));
  }
}

TEST(Flapping, OfSeveralLocationsNeedsTheQuorum) {
  CheckStates states;
  const auto take = [&](const std::string& location, CheckStatus status, int second) {
    auto result = result_of(location, status, second);
    result.locations = 3;
    result.quorum = 2;
    return advance(states, result);
  };
  int changes = 0;
  for (int i = 1; i <= 20; ++i) {
    const auto turning = i % 2 == 0 ? up : down;
    changes += take("a", turning, i).flapping_changed ? 1 : 0;
    take("c", up, i);
    take("b", up, i);
  }
  EXPECT_FALSE(states.flapping) << "one of three sees it";
  EXPECT_EQ(changes, 0);
  EXPECT_DOUBLE_EQ(flapping_percent(states, 2), 0);
  for (int i = 21; i <= 40; ++i) {
    const auto turning = i % 2 == 0 ? up : down;
    take("a", turning, i);
    changes += take("b", turning, i).flapping_changed ? 1 : 0;
  }
  EXPECT_TRUE(states.flapping);
  EXPECT_EQ(changes, 1);
  EXPECT_GT(flapping_percent(states, 2), Flapping::kHigh);
}

}  // namespace
}  // namespace monitron::domain
