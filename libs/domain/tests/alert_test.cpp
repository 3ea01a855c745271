// Thresholds and the life of an alert (M-002).

#include "domain/alert_state.hpp"
#include "domain/threshold.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {
namespace {

using std::chrono::seconds;

TEST(Threshold, ReadsMetricLabelsAndLimit) {
  const auto threshold = parse_threshold(R"( node_load1{instance="web-1", a="x\"y"} >= 4.5 )");
  ASSERT_TRUE(threshold) << threshold.error().text;
  EXPECT_EQ(threshold->metric, "node_load1");
  EXPECT_EQ(threshold->labels, (LabelSet{{"instance", "web-1"}, {"a", "x\"y"}}));
  EXPECT_TRUE(threshold->holds(4.5));
  EXPECT_FALSE(threshold->holds(4.4));
  EXPECT_FALSE(threshold->holds(std::nan("")));
}

TEST(Threshold, SaysWhatWasExpectedWhere) {
  for (const auto& [text, expected] : {std::pair{"", "metric name expected at position 1"},
                                       {"a{", "label name expected at position 3"},
                                       {"a{b=c} > 1", "quoted value expected at position 5"},
                                       {"a = 1", "one of > >= < <= == != expected at position 3"},
                                       {"a > x", "number expected at position 5"},
                                       {R"(a{b="\)", "quoted value expected at position 7"}}) {
    const auto threshold = parse_threshold(text);
    ASSERT_FALSE(threshold) << text;
    EXPECT_EQ(threshold.error().text, expected);
  }
}

TEST(Threshold, SelectorsAskForEveryLabel) {
  EXPECT_TRUE(selects({}, {{"a", "b"}}));
  EXPECT_TRUE(selects({{"a", "b"}}, {{"a", "b"}, {"c", "d"}}));
  EXPECT_FALSE(selects({{"a", "b"}, {"c", "e"}}, {{"a", "b"}, {"c", "d"}}));
}

TEST(Alert, FiresAfterItsTimeAndResolves) {
  const auto at = [](int second) { return from_ms(1'000'000 + second * 1000); };
  auto step = advance(AlertState{}, true, at(0), seconds(30));
  EXPECT_EQ(step.change, AlertChange::pending);
  step = advance(step.state, true, at(29), seconds(30));
  EXPECT_EQ(step.change, AlertChange::none);
  step = advance(step.state, true, at(30), seconds(30));
  EXPECT_EQ(step.change, AlertChange::fired);
  EXPECT_EQ(step.state.active_since, at(0));
  EXPECT_EQ(advance(step.state, true, at(90), seconds(30)).change, AlertChange::none);
  EXPECT_EQ(advance(step.state, false, at(91), seconds(30)).change, AlertChange::resolved);
  EXPECT_EQ(advance(AlertState{}, true, at(0), seconds(0)).change, AlertChange::fired);
}

// It never fires before the condition has held for the whole time, and each firing is resolved
// before the next one.
RC_GTEST_PROP(Alert, FiresOnlyAfterHolding, (std::vector<bool> run)) {
  const auto hold_for = *rc::gen::inRange(0, 5);
  AlertState state;
  int held = -1;
  bool firing = false;
  for (std::size_t i = 0; i < run.size(); ++i) {
    held = run[i] ? held + 1 : -1;
    const auto step =
        advance(state, run[i], from_ms(1'000'000 + static_cast<int>(i) * 1000), seconds(hold_for));
    if (step.change == AlertChange::fired) {
      RC_ASSERT(held >= hold_for && !firing);
      firing = true;
    }
    if (step.change == AlertChange::resolved) {
      RC_ASSERT(firing);
      firing = false;
    }
    RC_ASSERT(firing == (step.state.phase == AlertPhase::firing));
    state = step.state;
  }
}

}  // namespace
}  // namespace monitron::domain
