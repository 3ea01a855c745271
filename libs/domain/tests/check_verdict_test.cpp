// A-048, and the verdict of a check that runs from several locations (DESIGN: quorum).
#include "domain/check_verdict.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {

namespace {

using enum CheckStatus;
using Seen = std::vector<CheckStatus>;

constexpr Instant kBegin = Instant(std::chrono::seconds(1'700'000'000));

Instant at(int second) { return kBegin + std::chrono::seconds(second); }

CheckResult result_of(const std::string& location, CheckStatus status, int second,
                      int locations = 1, int quorum = 1) {
  CheckResult result;
  result.location = location;
  result.outcome.status = status;
  result.slot = at(second);
  result.locations = locations;
  result.quorum = quorum;
  result.failures_before_down = result.successes_before_up = 1;
  result.interval = std::chrono::seconds(1);
  return result;
}

CheckStatus any_status() { return *rc::gen::element(up, down, unknown); }

}  // namespace

TEST(CheckVerdict, IsDownByQuorumAndUpBySight) {
  EXPECT_EQ(verdict_of(Seen{down, up, up}, 3, 2, up), up);
  EXPECT_EQ(verdict_of(Seen{down, down, up}, 3, 2, up), down);
  EXPECT_EQ(verdict_of(Seen{down, unknown, unknown}, 3, 2, up), unknown);
  EXPECT_EQ(verdict_of(Seen{up, unknown, unknown}, 3, 2, unknown), up);
  EXPECT_EQ(verdict_of(Seen{}, 3, 2, up), unknown);
}

TEST(CheckVerdict, TroubleOfOurOwnIsNoAllClear) {
  EXPECT_EQ(verdict_of(Seen{down, unknown, up}, 3, 2, down), down);
  EXPECT_EQ(verdict_of(Seen{down, unknown, up}, 3, 2, up), up) << "and no alarm either";
  EXPECT_EQ(verdict_of(Seen{down, up, up}, 3, 2, down), up);
  EXPECT_EQ(verdict_of(Seen{unknown, unknown, up}, 3, 2, down), up) << "nobody sees it down";
}

RC_GTEST_PROP(CheckVerdict, FollowsItsDefinition, ()) {
  const int locations = *rc::gen::inRange(1, 8);
  const int quorum = *rc::gen::inRange(1, locations + 1);
  Seen seen;
  for (int i = *rc::gen::inRange(0, locations + 1); i > 0; --i) seen.push_back(any_status());
  const auto before = any_status();
  const auto verdict = verdict_of(seen, locations, quorum, before);
  const auto downs = std::count(seen.begin(), seen.end(), down);
  const auto ups = std::count(seen.begin(), seen.end(), up);
  if (downs >= quorum) RC_ASSERT(verdict == down);
  if (verdict == down) RC_ASSERT(downs > 0 && (downs >= quorum || before == down));
  if (locations - ups < quorum) RC_ASSERT(verdict == up);
  if (verdict == up) RC_ASSERT(ups > 0);
  if (ups == 0 && downs == 0) RC_ASSERT(verdict == unknown);
  auto turned = seen;
  std::reverse(turned.begin(), turned.end());
  RC_ASSERT(verdict_of(turned, locations, quorum, before) == verdict);
}

// One location: its hard state, whatever comes.
RC_GTEST_PROP(CheckVerdict, OfOneLocationIsItsState, ()) {
  CheckStates states;
  CheckState alone;
  const int count = *rc::gen::inRange(1, 30);
  for (int i = 1; i <= count; ++i) {
    auto result = result_of("default", any_status(), *rc::gen::inRange(0, 2 * i));
    result.failures_before_down = 2;
    const auto step = advance(states, result);
    const auto expected = advance(alone, result);
    alone = expected.state;
    RC_ASSERT(step.at.state == alone);
    RC_ASSERT(states.status == alone.status);
    RC_ASSERT(states.since == alone.status_since);
    RC_ASSERT(step.changed == expected.changed);
  }
}

// what is delivered again changes nothing.
RC_GTEST_PROP(CheckVerdict, DoesNotDependOnRedelivery, ()) {
  CheckStates states;
  std::vector<CheckResult> sent;
  const int count = *rc::gen::inRange(1, 40);
  for (int i = 1; i <= count; ++i) {
    const auto location = std::string(1, *rc::gen::element('a', 'b', 'c'));
    sent.push_back(result_of(location, any_status(), i, 3, 2));
    advance(states, sent.back());
    const auto before = states;
    RC_ASSERT(!advance(states, sent[*rc::gen::inRange<std::size_t>(0, sent.size())]).changed);
    RC_ASSERT(states == before);
  }
}

TEST(CheckVerdict, ALocationThatIsGoneMakesRoom) {
  CheckStates states;
  advance(states, result_of("a", down, 1, 2, 2));
  advance(states, result_of("b", down, 1, 2, 2));
  EXPECT_EQ(states.status, down);
  advance(states, result_of("a", down, 2, 2, 2));
  advance(states, result_of("c", up, 2, 2, 2));
  EXPECT_EQ(states.find("b"), nullptr);
  EXPECT_EQ(states.status, up);
  advance(states, result_of("c", up, 3));
  EXPECT_EQ(states.at.size(), 1U);
}

TEST(CheckVerdict, AnEditForgetsNoLocationThatIsKept) {
  CheckStates states;
  for (const auto* location : {"a", "b", "c"}) {
    advance(states, result_of(location, down, 1, 3, 2));
  }
  run_from(states, {"a", "b", "d"});
  EXPECT_EQ(states.find("c"), nullptr);
  advance(states, result_of("d", up, 1, 3, 2));
  EXPECT_EQ(states.status, down) << "a and b see it down as before";
  // One that was under way when it was left out.
  const auto before = states;
  EXPECT_FALSE(advance(states, result_of("c", up, 2, 2, 2)).changed);
  EXPECT_EQ(states, before);
  // One that counts the locations of before.
  advance(states, result_of("d", up, 2, 1, 1));
  EXPECT_EQ(states.at.size(), 3U);
}

TEST(CheckVerdict, ALocationThatWasNotHeardOfForLongCannotTell) {
  CheckStates states;
  advance(states, result_of("a", down, 1, 3, 2));
  advance(states, result_of("b", down, 1, 3, 2));
  EXPECT_EQ(states.status, down);
  for (int second = 2; second < 14; ++second) advance(states, result_of("b", up, second, 3, 2));
  EXPECT_EQ(states.status, up);
  advance(states, result_of("b", down, 15, 3, 2));
  EXPECT_EQ(states.status, unknown);
}

TEST(CheckVerdict, TakesOverWhatIsStoredOfLaterTimes) {
  CheckStates known, stored;
  advance(known, result_of("a", up, 3, 2, 2));
  advance(known, result_of("b", up, 1, 2, 2));
  advance(stored, result_of("a", down, 2, 2, 2));
  advance(stored, result_of("b", down, 2, 2, 2));
  take_over(known, stored, 2, 2, std::chrono::seconds(1));
  EXPECT_EQ(known.find("a")->status, up);
  EXPECT_EQ(known.find("b")->status, down);
  EXPECT_EQ(known.status, up) << "a is up by now";
}

// M-114. A word about silence.
TEST(CheckVerdict, AWordAboutSilenceHoldsUntilSomethingIsHeard) {
  CheckState state = advance({}, result_of("a", up, 1)).state;
  auto word = result_of("a", unknown, 2);
  word.if_latest = at(1);
  state = advance(state, word).state;
  EXPECT_EQ(state.status, up) << "one alone may be late";
  word.slot = at(3);
  EXPECT_EQ(advance(state, word).state.status, unknown) << "words do not refute words";
  word.if_latest = at(2);
  EXPECT_EQ(advance(state, word).state.status, unknown) << "whichever of them is named";
  word.if_latest = at(0);
  EXPECT_TRUE(advance(state, word).refuted);
  // Too late to count, but it was heard.
  state = advance(state, result_of("a", up, 2)).state;
  word.if_latest = at(1);
  EXPECT_TRUE(advance(state, word).refuted);
}

RC_GTEST_PROP(CheckVerdict, ARefutedWordNeverChangesState, ()) {
  CheckStates states;
  const int count = *rc::gen::inRange(1, 40);
  for (int i = 1; i <= count; ++i) {
    auto result = result_of(*rc::gen::element(std::string("a"), std::string("b")), any_status(),
                            *rc::gen::inRange(0, i + 2), 2, 1);
    const auto* known = states.find(result.location);
    const auto heard = known ? known->heard : Instant{}, slot = known ? known->slot : Instant{};
    const bool word = *rc::gen::arbitrary<bool>();
    if (word) result.if_latest = at(*rc::gen::inRange(0, i + 2));
    const bool holds = !word || *result.if_latest == heard || *result.if_latest == slot;
    const auto before = states;
    const auto step = advance(states, result);
    RC_ASSERT(step.at.refuted == !holds);
    if (step.at.refuted) RC_ASSERT(states == before);
    if (step.at.refuted) RC_ASSERT(!step.changed && !step.at.changed);
  }
}

}  // namespace monitron::domain
