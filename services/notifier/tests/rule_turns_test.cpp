// When rules are evaluated: at their interval, on what arrives, and how much of the latter.

#include "notifier/rule_turns.hpp"

#include <gtest/gtest.h>

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;

class RuleTurnsTest : public testing::Test {
 protected:
  static Uuid rule(std::uint8_t number) {
    Uuid id;
    id.bytes[0] = number;
    return id;
  }
  // Of rules that ran and are due in an hour.
  void idle(int count) {
    for (int i = 1; i <= count; ++i) {
      turns.add(rule(static_cast<std::uint8_t>(i)), now);
      const auto turn = turns.next(now);
      ASSERT_TRUE(turn);
      turns.done(*turn, now + 1h, now, 1ms);
      now += 1ms;
    }
  }
  void arrives(const std::vector<Uuid>& read, SteadyInstant seen_at = {}) {
    turns.arrived(now);
    now += RuleTurns::kJoin;
    ASSERT_TRUE(turns.asks_who(now));
    turns.changed(read, now, seen_at);
  }
  // As the evaluator does it, each run taking `cpu`, until `end`.
  int run_until(SteadyInstant end, RuleTurns::Span cpu) {
    int runs = 0;
    while (now < end) {
      const auto turn = turns.next(now);
      if (!turn) {
        now = std::min(end, std::max(now + 1us, turns.when(now)));
        continue;
      }
      ++runs;
      now += std::chrono::duration_cast<SteadyInstant::duration>(cpu);
      turns.done(*turn, turn->on_change ? turn->due : turn->due + 1s, now, cpu);
      if (turn->on_change) turns.changed(std::vector{turn->rule}, now, now);
    }
    return runs;
  }

  RuleTurns turns;
  SteadyInstant now{std::chrono::hours(5)};
};

TEST_F(RuleTurnsTest, EachHasItsTurnAtItsTime) {
  turns.add(rule(1), now + 2s);
  turns.add(rule(2), now + 1s);
  EXPECT_FALSE(turns.next(now));
  EXPECT_EQ(turns.when(now), now + 1s);
  now += 2s;
  const auto second = turns.next(now), first = turns.next(now);
  ASSERT_TRUE(second && first);
  EXPECT_EQ(second->rule, rule(2));
  EXPECT_EQ(first->rule, rule(1));
  EXPECT_FALSE(turns.next(now + 1h));  // both have theirs
  turns.done(*first, now + 10s, now, 1ms);
  EXPECT_EQ(turns.when(now), now + 10s);
}

TEST_F(RuleTurnsTest, ArrivalsAreJoinedIntoOneChange) {
  idle(2);
  EXPECT_TRUE(turns.arrived(now));
  EXPECT_FALSE(turns.arrived(now + 5ms));
  EXPECT_FALSE(turns.asks_who(now + 5ms));
  EXPECT_EQ(turns.when(now), now + RuleTurns::kJoin);
  now += RuleTurns::kJoin;
  ASSERT_TRUE(turns.asks_who(now));
  EXPECT_FALSE(turns.asks_who(now));
  turns.changed(std::vector{rule(1), rule(1), rule(77)}, now, now);
  const auto turn = turns.next(now);
  ASSERT_TRUE(turn);
  EXPECT_TRUE(turn->on_change);
  EXPECT_EQ(turn->rule, rule(1));
  EXPECT_FALSE(turns.next(now));
  turns.done(*turn, turn->due, now, 1ms);
  EXPECT_FALSE(turns.next(now));
  EXPECT_GT(turns.when(now), now + 50min);  // the interval is as it was
}

TEST_F(RuleTurnsTest, WhatArrivesDuringAnEvaluationIsEvaluatedAfterIt) {
  idle(1);
  arrives({rule(1)});
  const auto turn = turns.next(now);
  ASSERT_TRUE(turn);
  turns.changed(std::vector{rule(1)}, now, now);
  EXPECT_FALSE(turns.next(now));
  turns.done(*turn, turn->due, now, 1ms);
  EXPECT_TRUE(turns.next(now));
}

TEST_F(RuleTurnsTest, ThoseThatWereEvaluatedLongestAgoComeFirst) {
  idle(3);
  arrives({rule(3), rule(1), rule(2)});
  for (const std::uint8_t number : {1, 2, 3}) EXPECT_EQ(turns.next(now)->rule, rule(number));
}

TEST_F(RuleTurnsTest, ATurnAtItsTimeIsOneForWhatArrivedToo) {
  idle(1);
  arrives({rule(1)});
  now += 1h;
  const auto turn = turns.next(now);
  ASSERT_TRUE(turn);
  EXPECT_FALSE(turn->on_change);
  turns.done(*turn, now + 1h, now, 1ms);
  EXPECT_FALSE(turns.next(now));
}

TEST_F(RuleTurnsTest, ChangesTakeTheirShareAndNoMore) {
  idle(10);
  for (std::uint8_t i = 1; i <= 10; ++i) turns.changed(std::vector{rule(i)}, now, now);
  const int runs = run_until(now + 20s, 5ms);
  const double share = runs * 0.005 / 20;
  EXPECT_NEAR(share, RuleTurns::kShare, 0.01);
}

TEST_F(RuleTurnsTest, AStormOfChangesDoesNotDelayTheInterval) {
  idle(200);
  for (std::uint8_t i = 1; i <= 200; ++i) turns.changed(std::vector{rule(i)}, now, now);
  turns.add(rule(250), now);
  auto late = SteadyInstant::duration::zero();
  int times = 0;
  const auto end = now + 30s;
  while (now < end) {
    const auto turn = turns.next(now);
    if (!turn) {
      now = std::max(now + 1us, turns.when(now));
      continue;
    }
    if (!turn->on_change) {
      late = std::max(late, now - turn->due);
      ++times;
    }
    now += 10ms;
    turns.done(*turn, turn->on_change ? turn->due : turn->due + 1s, now, 10ms);
    if (turn->on_change) turns.changed(std::vector{turn->rule}, now, now);
  }
  EXPECT_EQ(times, 30);
  EXPECT_LE(late, 10ms);  // what ran just then
}

TEST_F(RuleTurnsTest, WhatTakesTooLongIsLeftToItsInterval) {
  turns.add(rule(1), now);
  turns.done(*turns.next(now), now + 1min, now, RuleTurns::kDearest + 1ms);
  arrives({rule(1)});
  EXPECT_FALSE(turns.next(now));
  now += 1min;
  turns.done(*turns.next(now), now + 1min, now, 1ms);
  arrives({rule(1)});
  EXPECT_TRUE(turns.next(now));
}

TEST_F(RuleTurnsTest, SamplesOfAClockThatIsAheadAreSeenWhenTheirTimeHasCome) {
  idle(1);
  arrives({rule(1)}, now + 2s);
  const auto evaluate = [&] {
    const auto turn = turns.next(now);
    if (turn) turns.done(*turn, turn->due, now, 1ms);
    return turn.has_value();
  };
  EXPECT_TRUE(evaluate());
  EXPECT_FALSE(evaluate());
  now += 1s;
  arrives({rule(1)}, now + 2s);
  EXPECT_TRUE(evaluate());
  now += 1s;
  EXPECT_TRUE(evaluate());  // the first one
  EXPECT_FALSE(evaluate());
  now += 1s;
  EXPECT_TRUE(evaluate());
  now += 1min;
  EXPECT_FALSE(evaluate());
}

TEST_F(RuleTurnsTest, WhatIsDefinedAnewMeanwhileIsNotEndedByTheTurnOfBefore) {
  turns.add(rule(1), now);
  const auto before = turns.next(now);
  ASSERT_TRUE(before);
  turns.remove(rule(1));
  turns.add(rule(1), now);
  const auto after = turns.next(now);
  ASSERT_TRUE(after);
  turns.done(*before, now, now, 1ms);
  EXPECT_FALSE(turns.next(now));
  turns.done(*after, now + 1s, now, 1ms);
  EXPECT_EQ(turns.when(now), now + 1s);
  turns.remove(rule(1));
  EXPECT_FALSE(turns.next(now + 2s));
}

}  // namespace
}  // namespace monitron::notifier
