#include "domain/check_state.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {

namespace {

using enum CheckStatus;

CheckState feed(CheckState state, const std::vector<CheckStatus>& results,
                const StateThresholds& thresholds) {
  for (const CheckStatus result : results) {
    state = advance(state, result, state.slot + std::chrono::seconds(1), thresholds).state;
  }
  return state;
}

}  // namespace

TEST(CheckState, TurnsDownAfterThreeFailuresAndUpAfterTwoSuccesses) {
  const StateThresholds thresholds{3, 2};
  CheckState state = feed({}, {up}, thresholds);
  EXPECT_EQ(state.status, up) << "the first success after unknown is enough";
  state = feed(state, {down, down}, thresholds);
  EXPECT_EQ(state.status, up);
  state = feed(state, {down}, thresholds);
  EXPECT_EQ(state.status, down);
  state = feed(state, {up}, thresholds);
  EXPECT_EQ(state.status, down);
  EXPECT_EQ(feed(state, {up}, thresholds).status, up);
}

TEST(CheckState, TroubleOfOurOwnIsUnknownAndNeverDown) {
  CheckState state = feed({}, {up, unknown}, {1, 1});
  EXPECT_EQ(state.status, up);
  state = feed(state, {unknown}, {1, 1});
  EXPECT_EQ(state.status, unknown);
}

TEST(CheckState, ALateResultChangesNothing) {
  const CheckState state = feed({}, {up, up, up}, {1, 1});
  const StateStep step = advance(state, down, state.slot, {1, 1});
  EXPECT_EQ(step.state, state);
  EXPECT_FALSE(step.changed);
}

RC_GTEST_PROP(CheckState, IsDownOnlyAfterEnoughFailuresInARow, ()) {
  const StateThresholds thresholds{*rc::gen::inRange(1, 5), *rc::gen::inRange(1, 5)};
  const auto results =
      *rc::gen::container<std::vector<CheckStatus>>(rc::gen::element(up, down, unknown));
  CheckState state;
  int failures = 0;
  for (const CheckStatus result : results) {
    const StateStep step = advance(state, result, state.slot + std::chrono::seconds(1), thresholds);
    failures = result == down ? failures + 1 : result == up ? 0 : failures;
    if (step.changed && step.state.status == down)
      RC_ASSERT(failures >= thresholds.failures_before_down);
    if (step.changed) RC_ASSERT(step.state.status != step.previous);
    if (result == unknown && step.state.status == down) RC_ASSERT(step.previous == down);
    state = step.state;
  }
}

}  // namespace monitron::domain
