#include "domain/drill.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace monitron::domain {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr DrillTimes kTimes{seconds(60), seconds(600)};

Instant at(int second) { return from_ms(1'700'000'000'000 + second * 1000LL); }

DrillState begun() {
  DrillState state;
  state.started_at = at(0);
  state.times = kTimes;
  return state;
}
DrillFindings waiting() { return {{{}, "", "nobody was told"}, {{}, "", "nobody was told"}}; }
DrillFindings told(int second) {
  auto found = waiting();
  found.beginning.done_at = at(second);
  return found;
}
DrillFindings over(int second) {
  auto found = told(0);
  found.end.done_at = at(second);
  return found;
}

TEST(Drill, FiresUntilItWasTold) {
  auto state = go_on(begun(), waiting(), at(30));
  EXPECT_EQ(state, begun());
  state = go_on(state, told(31), at(32));
  EXPECT_FALSE(state.fires());
  EXPECT_EQ(state.told_at, at(31));
  EXPECT_FALSE(state.verdict);
}

TEST(Drill, IsOkWhenItAndItsEndWereToldInTime) {
  auto state = go_on(begun(), told(60), at(61));
  state = go_on(state, over(70), at(71));
  EXPECT_EQ(state.verdict, DrillVerdict::ok);
  EXPECT_EQ(state.ended_at, at(71));
  EXPECT_EQ(state.detail, "");
}

TEST(Drill, IsLateWhenItWasToldLate) {
  auto state = go_on(begun(), told(61), at(62));
  state = go_on(state, over(70), at(71));
  EXPECT_EQ(state.verdict, DrillVerdict::late);
  EXPECT_EQ(state.detail, "told after 61 s, later than 60 s");
}

TEST(Drill, IsLostAtItsDeadlineAndEnds) {
  auto state = go_on(begun(), waiting(), at(599));
  EXPECT_FALSE(state.verdict);
  state = go_on(state, waiting(), at(600));
  EXPECT_EQ(state.verdict, DrillVerdict::lost);
  EXPECT_EQ(state.detail, "within 600 s: nobody was told");
  EXPECT_FALSE(state.fires());
}

TEST(Drill, IsLostAtOnceWhenSomebodyWillNeverBeTold) {
  auto found = waiting();
  found.beginning.failure = "e-mail \"me\" failed: 550";
  const auto state = go_on(begun(), found, at(2));
  EXPECT_EQ(state.verdict, DrillVerdict::lost);
  EXPECT_EQ(state.detail, found.beginning.failure);
}

// The end has the deadline for itself.
TEST(Drill, IsLostWhenItsEndIsNotTold) {
  auto state = go_on(begun(), told(590), at(595));
  state = go_on(state, told(590), at(1194));
  EXPECT_FALSE(state.verdict);
  state = go_on(state, told(590), at(1195));
  EXPECT_EQ(state.verdict, DrillVerdict::lost);
  EXPECT_EQ(state.detail, "its end: within 600 s: nobody was told");
}

TEST(Drill, KeepsItsVerdict) {
  const auto lost = go_on(begun(), waiting(), at(600));
  EXPECT_EQ(go_on(lost, over(601), at(602)), lost);
  EXPECT_EQ(never_begun(at(0), kTimes).verdict, DrillVerdict::lost);
}

TEST(Drill, VerdictsHaveNames) {
  for (const auto verdict : {DrillVerdict::ok, DrillVerdict::late, DrillVerdict::lost}) {
    EXPECT_EQ(parse_drill_verdict(to_string(verdict)), verdict);
  }
  EXPECT_FALSE(parse_drill_verdict("good"));
}

TEST(Drill, IsDueAtTheLatestTimeOfItsScheduleThatWasNotLongAgo) {
  const auto time = [](const char* text) { return *parse_rfc3339(text); };
  const auto due = [&](const char* after, const char* now) {
    return due_drill("0,30 10 * * 1", "Europe/Berlin", time(after), time(now));
  };
  const auto* before = "2026-11-20T00:00:00Z";
  EXPECT_FALSE(due(before, "2026-11-23T08:59:59Z"));
  EXPECT_EQ(due(before, "2026-11-23T09:00:00Z"), time("2026-11-23T09:00:00Z"));
  EXPECT_EQ(due(before, "2026-11-23T09:40:00Z"), time("2026-11-23T09:30:00Z"));
  EXPECT_FALSE(due("2026-11-23T09:30:00Z", "2026-11-23T09:40:00Z")) << "it was begun";
  EXPECT_FALSE(due(before, "2026-11-23T10:31:00Z")) << "too long ago";
  EXPECT_FALSE(due_drill("never", "UTC", Instant{}, time(before)));
}

// Whatever is found when: it ends with one verdict, within both deadlines.
TEST(Drill, AlwaysEndsWithAVerdict) {
  rc::check([] {
    auto state = begun();
    int second = 0;
    while (!state.verdict) {
      second += *rc::gen::inRange(1, 100);
      auto found = waiting();
      if (*rc::gen::inRange(0, 8) == 0) found.beginning.done_at = at(second);
      if (*rc::gen::inRange(0, 8) == 0) found.end.done_at = at(second);
      if (*rc::gen::inRange(0, 40) == 0) found.beginning.failure = "no";
      const auto before = state;
      state = go_on(state, found, at(second));
      RC_ASSERT(before.fires() || !state.fires());
      RC_ASSERT(second <= 600 + 600 + 2 * 100);
    }
    RC_ASSERT(!state.fires());
    RC_ASSERT(state.ended_at == at(second));
    RC_ASSERT(state.told_at || state.verdict == DrillVerdict::lost);
  });
}

}  // namespace
}  // namespace monitron::domain
