#include "domain/heartbeat.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {

namespace {

using namespace std::chrono_literals;
using enum PingKind;

const Instant kStart = from_ms(1'800'000'000'000);

HeartbeatSettings every(std::chrono::seconds period, std::chrono::seconds grace) {
  HeartbeatSettings settings;
  settings.period = period;
  settings.grace = grace;
  return settings;
}
const HeartbeatSettings kHourly = every(3600s, 300s);

HeartbeatState after(std::initializer_list<HeartbeatPing> pings, HeartbeatState state = {}) {
  for (const auto& ping : pings) state = take_ping(state, ping).state;
  return state;
}

}  // namespace

TEST(Heartbeat, NothingIsExpectedOfWhatHasNeverCalled) {
  EXPECT_FALSE(deadline_of({}, kHourly));
  EXPECT_FALSE(restate({}, std::nullopt, kStart));
  const auto logged = after({{log, std::nullopt, kStart}});
  EXPECT_EQ(logged.phase, HeartbeatPhase::fresh);
  EXPECT_FALSE(deadline_of(logged, kHourly));
}

TEST(Heartbeat, SuccessIsUpUntilPeriodAndGraceAreOver) {
  const auto step = take_ping({}, {success, std::nullopt, kStart});
  EXPECT_EQ(step.word, (HeartbeatWord{kStart, CheckStatus::up, ""}));
  const auto deadline = deadline_of(step.state, kHourly);
  EXPECT_EQ(deadline, (HeartbeatDeadline{kStart + 55min, kStart + 1h, kStart + 65min}));
  EXPECT_TRUE(restate(step.state, deadline, kStart + 64min));
  EXPECT_FALSE(restate(step.state, deadline, kStart + 65min)) << "waits for the decision";
  const auto down = pass_deadline(step.state, *deadline, "");
  EXPECT_EQ(down.word->status, CheckStatus::down);
  EXPECT_EQ(down.word->slot, deadline->at);
  EXPECT_NE(down.word->reason.find("last ping " + to_text(kStart)), std::string::npos);
  EXPECT_NE(down.word->reason.find("due at " + to_text(kStart + 1h).substr(11)), std::string::npos);
  EXPECT_FALSE(deadline_of(down.state, kHourly)) << "it is told once";
  EXPECT_EQ(take_ping(down.state, {success, std::nullopt, kStart + 3h}).word->status,
            CheckStatus::up);
}

TEST(Heartbeat, ARunIsMeasuredFromStartToEnd) {
  auto state = after({{start, std::nullopt, kStart}});
  EXPECT_EQ(state.phase, HeartbeatPhase::fresh);
  state = after({{success, 0, kStart + 90s}}, state);
  EXPECT_EQ(state.run_time, 90s);
  EXPECT_EQ(state.exit_code, 0);
  EXPECT_FALSE(state.started);
  state = after({{success, std::nullopt, kStart + 100s}}, state);
  EXPECT_FALSE(state.run_time) << "nobody said when it began";
}

TEST(Heartbeat, AStartThatDoesNotEndInTheGraceTimeIsDown) {
  const auto state =
      after({{success, std::nullopt, kStart}, {start, std::nullopt, kStart + 10min}});
  const auto deadline = deadline_of(state, kHourly);
  ASSERT_EQ(deadline->at, kStart + 15min);
  const auto down = pass_deadline(state, *deadline, "").word;
  EXPECT_EQ(down->status, CheckStatus::down);
  EXPECT_NE(down->reason.find("began at " + to_text(kStart + 10min)), std::string::npos);
}

TEST(Heartbeat, AFailureIsDownAtOnce) {
  auto step = take_ping({}, {fail, 137, kStart});
  EXPECT_EQ(step.word, (HeartbeatWord{kStart, CheckStatus::down, "exit code 137"}));
  step = take_ping({}, {fail, std::nullopt, kStart});
  EXPECT_EQ(step.word->reason, "it says that it failed");
  EXPECT_EQ(restate(step.state, std::nullopt, kStart + 1min)->status, CheckStatus::down);
}

TEST(Heartbeat, ALogChangesNoState) {
  const auto up = after({{success, std::nullopt, kStart}});
  const auto step = take_ping(up, {log, std::nullopt, kStart + 1min});
  EXPECT_EQ(step.word->status, CheckStatus::up);
  EXPECT_EQ(deadline_of(step.state, kHourly), deadline_of(up, kHourly));
}

TEST(Heartbeat, ACallThatWeMayHaveTurnedAwayIsUnknownAndTheNextIsWaitedFor) {
  const auto up = after({{success, std::nullopt, kStart}});
  const auto deadline = deadline_of(up, kHourly).value();
  const auto step = pass_deadline(up, deadline, "the broker was away");
  EXPECT_EQ(step.word->status, CheckStatus::unknown);
  EXPECT_NE(step.word->reason.find("the broker was away"), std::string::npos);
  const auto next = deadline_of(step.state, kHourly).value();
  EXPECT_EQ(next.at, deadline.at + 1h);
  EXPECT_EQ(pass_deadline(step.state, next, "").word->status, CheckStatus::down);
}

TEST(Heartbeat, APingOfADoorWhoseClockIsBehindCounts) {
  const auto begun = after({{success, std::nullopt, kStart}, {start, std::nullopt, kStart + 1s}});
  const auto step = take_ping(begun, {success, std::nullopt, kStart - 2s});
  EXPECT_EQ(step.word, (HeartbeatWord{kStart + 1s, CheckStatus::up, ""}));
  EXPECT_FALSE(step.state.started);
  EXPECT_EQ(step.state.run_time, 0s);
}

TEST(Heartbeat, CronSaysWhenItIsDue) {
  HeartbeatSettings settings = every(1s, 600s);
  settings.cron = "0 3 * * *";
  settings.time_zone = "Europe/Berlin";
  const auto ping = parse_rfc3339("2026-03-28T02:01:00Z").value();  // 03:01 of winter
  const auto deadline = deadline_of(after({{success, std::nullopt, ping}}), settings);
  EXPECT_EQ(to_rfc3339(deadline->due), "2026-03-29T01:00:00.000Z");  // 03:00 of summer
  EXPECT_EQ(deadline->at, deadline->due + 600s);
}

RC_GTEST_PROP(Heartbeat, EachWordHasALaterSlotAndNothingGoesBack, ()) {
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, int>>>(
      rc::gen::tuple(rc::gen::inRange(0, 5), rc::gen::inRange(-90, 400)));
  HeartbeatState state;
  Instant now = kStart;
  for (const auto& [what, seconds] : steps) {
    const auto before = state;
    now += std::chrono::seconds(seconds);
    HeartbeatStep step{state, std::nullopt};
    if (what < 4) {
      step = take_ping(state, {static_cast<PingKind>(what), std::nullopt, now});
    } else if (const auto deadline = deadline_of(state, every(60s, 30s))) {
      step = pass_deadline(state, *deadline, "");
      RC_ASSERT(step.word.has_value());
    }
    state = step.state;
    if (what == 0) RC_ASSERT(state.phase == HeartbeatPhase::up);
    if (what == 0) RC_ASSERT(*state.counted_from >= now);
    if (step.word) RC_ASSERT(step.word->slot > before.slot);
    if (step.word) RC_ASSERT(step.word->slot == state.slot);
    if (before.last_ping) RC_ASSERT(*state.last_ping >= *before.last_ping);
    RC_ASSERT((state.phase == HeartbeatPhase::fresh) <= (before.phase == HeartbeatPhase::fresh));
  }
}

// Whatever comes before the deadline refutes it.
RC_GTEST_PROP(Heartbeat, ASuccessMovesTheDeadline, ()) {
  const auto early = std::chrono::seconds(*rc::gen::inRange(1, 3900));
  const auto state = after({{success, std::nullopt, kStart}});
  const auto pinged = after({{success, std::nullopt, kStart + early}}, state);
  RC_ASSERT(deadline_of(pinged, kHourly)->at == deadline_of(state, kHourly)->at + early);
}

}  // namespace monitron::domain
