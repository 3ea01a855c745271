// The life of an alert (M-002).
#include "domain/alert_state.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <vector>

namespace monitron::domain {
namespace {

using std::chrono::seconds;

Instant at(int second) { return from_ms(1'000'000 + second * 1000); }

TEST(Alert, FiresAfterItsTimeAndResolves) {
  auto step = advance(AlertState{}, true, at(0), AlertTimes{seconds(30)});
  EXPECT_EQ(step.change, AlertChange::pending);
  step = advance(step.state, true, at(29), AlertTimes{seconds(30)});
  EXPECT_EQ(step.change, AlertChange::none);
  step = advance(step.state, true, at(30), AlertTimes{seconds(30)});
  EXPECT_EQ(step.change, AlertChange::fired);
  EXPECT_EQ(step.state.active_since, at(0));
  EXPECT_EQ(advance(step.state, true, at(90), AlertTimes{seconds(30)}).change, AlertChange::none);
  EXPECT_EQ(advance(step.state, false, at(91), AlertTimes{seconds(30)}).change,
            AlertChange::resolved);
  EXPECT_EQ(advance(AlertState{}, true, at(0), AlertTimes{}).change, AlertChange::fired);
}

TEST(Alert, IsKeptFiringForItsTime) {
  const AlertTimes times{seconds(0), seconds(60)};
  auto step = advance(AlertState{}, true, at(0), times);
  step = advance(step.state, false, at(10), times);
  EXPECT_EQ(step.change, AlertChange::keeping);
  EXPECT_EQ(step.state.keep_until, at(70));
  step = advance(step.state, false, at(69), times);
  EXPECT_EQ(step.change, AlertChange::none);
  EXPECT_EQ(advance(step.state, false, at(70), times).change, AlertChange::resolved);
  step = advance(step.state, true, at(69), times);
  EXPECT_EQ(step.change, AlertChange::resumed);
  EXPECT_EQ(step.state, (AlertState{AlertPhase::firing, at(0), std::nullopt}));
  step = advance(step.state, false, at(80), times);
  EXPECT_EQ(step.state.keep_until, at(140)) << "the whole time anew";
  step = advance(step.state, false, at(90), {seconds(0), seconds(5)});
  EXPECT_EQ(step.state.keep_until, at(95)) << "the rule asks for less by now";
}

// Told by looking at the whole run, not step by step as the code does.
struct Oracle {
  AlertTimes times;
  int began = -1;   // when the condition last began to hold; -1: it does not
  int ceased = -1;  // when it last ceased while firing
  bool firing = false;

  AlertChange take(bool holds, int now) {
    const bool held = began >= 0;
    if (holds && !held) began = now;
    if (!holds) began = -1;
    if (!firing) {
      if (!holds) return held ? AlertChange::cleared : AlertChange::none;
      firing = seconds(now - began) >= times.hold_for;
      if (firing) return AlertChange::fired;
      return held ? AlertChange::none : AlertChange::pending;
    }
    if (holds) return std::exchange(ceased, -1) >= 0 ? AlertChange::resumed : AlertChange::none;
    const bool is_first = ceased < 0;
    if (is_first) ceased = now;
    if (seconds(now - ceased) < times.keep_for) {
      return is_first ? AlertChange::keeping : AlertChange::none;
    }
    firing = false;
    ceased = -1;
    return AlertChange::resolved;
  }
};

RC_GTEST_PROP(Alert, LivesAsItsDefinitionSays, ()) {
  const AlertTimes times{seconds(*rc::gen::inRange(0, 5)), seconds(*rc::gen::inRange(0, 5))};
  Oracle oracle{times};
  AlertState state;
  int now = 0;
  for (int i = *rc::gen::inRange(0, 60); i > 0; --i) {
    now += *rc::gen::inRange(0, 3);
    const bool holds = *rc::gen::arbitrary<bool>();
    const auto step = advance(state, holds, at(now), times);
    RC_ASSERT(step.change == oracle.take(holds, now));
    RC_ASSERT(oracle.firing == (step.state.phase == AlertPhase::firing));
    state = step.state;
  }
}

// One end per beginning, and no end without.
RC_GTEST_PROP(Alert, EndsOncePerBeginning, (std::vector<bool> run)) {
  const AlertTimes times{seconds(*rc::gen::inRange(0, 4)), seconds(*rc::gen::inRange(0, 4))};
  AlertState state;
  int fired = 0, resolved = 0;
  for (std::size_t i = 0; i < run.size(); ++i) {
    const auto step = advance(state, run[i], at(static_cast<int>(i)), times);
    fired += step.change == AlertChange::fired ? 1 : 0;
    resolved += step.change == AlertChange::resolved ? 1 : 0;
    state = step.state;
    RC_ASSERT(fired - resolved == (state.phase == AlertPhase::firing ? 1 : 0));
  }
}

}  // namespace
}  // namespace monitron::domain
