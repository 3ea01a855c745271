// The schedule's promises over random sets of checks.

#include "checker/schedule.hpp"

#include "checker/wanted.hpp"
#include "contracts/check_definition.hpp"
#include "domain/check_slots.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <rapidcheck/gtest.h>
#include <set>

namespace monitron::checker {

using namespace std::chrono_literals;
using domain::CheckDefinition;
using domain::CheckStatus;

namespace {

const Instant kStart = from_ms(1'700'000'000'000);

CheckDefinition http_check(std::chrono::seconds interval, int number = 0) {
  CheckDefinition check;
  check.id = CheckId::make();
  check.name = "page " + std::to_string(number);
  check.target = "https://host-" + std::to_string(number) + ".example.org/health";
  check.interval = interval;
  return check;
}

// All that is due in [from, to), by check.
std::map<Uuid, std::vector<Instant>> slots_of(const Schedule& schedule, Instant from, Instant to) {
  std::map<Uuid, std::vector<Instant>> slots;
  for (Instant window = from; window < to; window += kWindow) {
    for (const auto& due : schedule.due(window)) {
      EXPECT_GE(due.slot, window);
      EXPECT_LT(due.slot, window + kWindow);
      slots[due.id].push_back(due.slot);
    }
  }
  return slots;
}

rc::Gen<std::chrono::seconds> some_interval() {
  return rc::gen::map(rc::gen::weightedOneOf<int>(
                          {{3, rc::gen::elementOf(std::vector<int>{1, 2, 5, 7, 10, 30, 60})},
                           {1, rc::gen::inRange(1, 120)}}),
                      [](int seconds) { return std::chrono::seconds(seconds); });
}

}  // namespace

// M-105, M-083: no drift and no double slot: each check is due at phase + n x interval, each n
// once.
RC_GTEST_PROP(ScheduleProperties, EverySlotOfACheckComesOnceAndNeverDrifts, ()) {
  Schedule schedule;
  std::map<Uuid, std::chrono::seconds> intervals;
  const auto count = *rc::gen::inRange(1, 30);
  for (int i = 0; i < count; ++i) {
    const auto check = http_check(*some_interval(), i);
    intervals[check.id.value] = check.interval;
    schedule.put(check, {}, kStart);
  }
  const Instant from = kStart + std::chrono::seconds(*rc::gen::inRange(-100'000, 100'000));
  const auto slots = slots_of(schedule, from, from + 240s);
  std::size_t count_of_slots = 0;
  for (const auto& [id, times] : slots) count_of_slots += times.size();
  RC_ASSERT(schedule.slots_in(from, from + 240s) == count_of_slots);
  for (const auto& [id, interval] : intervals) {
    const auto phase = domain::phase_of(CheckId{id}, interval);
    std::vector<Instant> expected;
    for (std::int64_t ms = to_ms(from); ms < to_ms(from + 240s); ++ms) {
      const auto span = std::chrono::milliseconds(interval).count();
      if (ms % span == phase.count()) expected.push_back(from_ms(ms));
    }
    const auto found = slots.find(id);
    RC_ASSERT((found == slots.end() ? std::vector<Instant>{} : found->second) == expected);
  }
}

// M-083: whatever was put, changed and removed before, what is due is what the definitions say.
RC_GTEST_PROP(ScheduleProperties, AfterAnyChangesItIsAsIfBuiltAnew, ()) {
  Schedule schedule;
  std::map<Uuid, CheckDefinition> checks;
  const auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    const int act = *rc::gen::inRange(0, 4);
    if (act < 2 || checks.empty()) {
      const auto check = http_check(*some_interval(), i);
      RC_ASSERT(schedule.put(check, {}, kStart));
      checks[check.id.value] = check;
      continue;
    }
    const auto one =
        std::next(checks.begin(), *rc::gen::inRange(0, static_cast<int>(checks.size())));
    if (act == 2) {
      schedule.remove(one->first);
      checks.erase(one);
      continue;
    }
    one->second.interval = *some_interval();
    RC_ASSERT(!schedule.put(one->second, {}, kStart));
  }
  Schedule anew;
  for (const auto& [id, check] : checks) anew.put(check, {}, kStart);
  RC_ASSERT(schedule.size() == checks.size());
  RC_ASSERT(slots_of(schedule, kStart, kStart + 130s) == slots_of(anew, kStart, kStart + 130s));
}

// M-105: phases are spread: no second of the interval gets much more than its share.
TEST(Schedule, SpreadsPhasesEvenly) {
  Schedule schedule;
  for (int i = 0; i < 6000; ++i) schedule.put(http_check(60s, i), {}, kStart);
  std::size_t all = 0;
  for (Instant second = kStart; second < kStart + 60s; second += 1s) {
    std::size_t count = 0;
    for (auto window = second; window < second + 1s; window += kWindow) {
      count += schedule.due(window).size();
    }
    EXPECT_GT(count, 50u);
    EXPECT_LT(count, 160u);
    all += count;
  }
  EXPECT_EQ(all, 6000u);
}

TEST(Schedule, KnowsWhatIsNewAndWhatAsksSomethingElse) {
  Schedule schedule;
  auto check = http_check(60s);
  EXPECT_TRUE(schedule.put(check, {}, kStart));
  EXPECT_FALSE(schedule.put(check, {}, kStart));
  check.name = "renamed";
  check.interval = 30s;
  check.failures_before_down = 5;
  check.retry_interval = 7s;
  check.labels["team"] = "web";
  EXPECT_FALSE(schedule.put(check, {}, kStart));
  check.use<domain::HttpSettings>().expected_status = {"204"};
  EXPECT_TRUE(schedule.put(check, {}, kStart));
  check.target = "https://another.example.org/";
  EXPECT_TRUE(schedule.put(check, {}, kStart));
  schedule.remove(check.id.value);
  EXPECT_EQ(schedule.size(), 0u);
  EXPECT_TRUE(schedule.put(check, {}, kStart)) << "it was away";
}

TEST(Schedule, APageRemovesWhatIsGoneBetweenItsEnds) {
  Schedule schedule;
  std::vector<Uuid> ids;
  for (int i = 0; i < 10; ++i) {
    const auto check = http_check(60s, i);
    ids.push_back(check.id.value);
    schedule.put(check, {}, kStart);
  }
  std::sort(ids.begin(), ids.end());
  schedule.keep({}, ids[4], {ids[0], ids[2], ids[4]});  // 1 and 3 are gone
  EXPECT_EQ(schedule.size(), 8u);
  schedule.keep(ids[4], {}, {ids[5]});
  EXPECT_EQ(schedule.size(), 4u);
}

// The check runs again after its retry interval while its change of state is not confirmed.
TEST(Schedule, RetriesWhileAChangeOfStateIsNotConfirmed) {
  Schedule schedule;
  auto check = http_check(3600s);
  check.retry_interval = 20s;
  const Instant slot =
      Instant(kStart.time_since_epoch() / 1h * 1h) + domain::phase_of(check.id, 1h);
  schedule.put(check, {CheckStatus::up, CheckStatus::up, slot - 3600s}, slot);
  EXPECT_TRUE(schedule.take_retries(slot, slot + 3600s).empty());
  const KnownState soft{CheckStatus::up, CheckStatus::down, slot};
  schedule.put(check, soft, slot + 1s);
  schedule.put(check, soft, slot + 1s);  // told twice, planned once
  EXPECT_TRUE(schedule.take_retries(slot + 2s, slot + 20s).empty());
  const auto retries = schedule.take_retries(slot + 19500ms, slot + 20001ms);
  ASSERT_EQ(retries.size(), 1u);
  EXPECT_EQ(retries[0].slot, slot + 20s);
  EXPECT_EQ(retries[0].status, CheckStatus::up);
  schedule.put(check, {CheckStatus::up, CheckStatus::down, slot + 20s}, slot + 50s);
  const auto late = schedule.take_retries(slot + 50s, slot + 51s);
  ASSERT_EQ(late.size(), 1u) << "heard of after its time";
  EXPECT_EQ(late[0].slot, slot + 50s);
  schedule.put(check, {CheckStatus::down, CheckStatus::down, slot + 50s}, slot + 51s);
  EXPECT_TRUE(schedule.take_retries(slot, slot + 3600s).empty()) << "confirmed";
  schedule.put(check, {CheckStatus::down, CheckStatus::up, slot + 70s}, slot + 71s);
  schedule.remove(check.id.value);
  EXPECT_TRUE(schedule.take_retries(slot, slot + 3600s).empty()) << "deleted meanwhile";
}

TEST(Schedule, DoesNotRetryWhenTheNextSlotComesFirstOrTroubleIsOurOwn) {
  Schedule schedule;
  auto check = http_check(10s);
  check.retry_interval = 10s;
  schedule.put(check, {CheckStatus::up, CheckStatus::down, kStart}, kStart);
  check.retry_interval = 1s;
  schedule.put(check, {CheckStatus::up, CheckStatus::unknown, kStart}, kStart);
  check.retry_interval = 0s;
  schedule.put(check, {CheckStatus::up, CheckStatus::down, kStart}, kStart);
  EXPECT_TRUE(schedule.take_retries(kStart, kStart + 60s).empty());
}

TEST(Schedule, FailuresAfterARunAtOnceAreFollowedQuickly) {
  Schedule schedule;
  const auto check = http_check(86'400s);
  EXPECT_TRUE(schedule.put(check, {}, kStart));
  schedule.run_at_once(check.id.value, kStart);
  schedule.put(check, {CheckStatus::unknown, CheckStatus::down, kStart}, kStart + 1s);
  const auto retries = schedule.take_retries(kStart + 1s, kStart + 6s);
  ASSERT_EQ(retries.size(), 1u);
  EXPECT_EQ(retries[0].slot, kStart + kQuickRetry);
  schedule.put(check, {CheckStatus::up, CheckStatus::down, kStart + 1h}, kStart + 1h);
  EXPECT_TRUE(schedule.take_retries(kStart + 1h, kStart + 2h).empty()) << "a day later as usual";
}

// Beside its slots, which stay where they are; and not over and over.
TEST(Schedule, WhatIsWantedIsRunNowOnceBesideItsSlots) {
  Schedule schedule;
  const auto check = http_check(300s);
  const Uuid id = check.id.value;
  schedule.put(check, {CheckStatus::down, CheckStatus::down, kStart}, kStart);
  const auto slots = slots_of(schedule, kStart, kStart + 1h);
  const Instant slot = slots.at(id).front();
  EXPECT_FALSE(schedule.take_wanted(Uuid::make(), slot)) << "not of this location";
  const Instant now = slot + 60s;
  const auto due = schedule.take_wanted(id, now);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->slot, now);
  EXPECT_EQ(due->id, id);
  EXPECT_EQ(due->status, CheckStatus::down);
  EXPECT_EQ(due->members, contracts::members_text(check)) << "with thresholds of its own";
  EXPECT_FALSE(schedule.take_wanted(id, now + kQuickRetry - 1ms)) << "just now";
  EXPECT_TRUE(schedule.take_wanted(id, now + kQuickRetry));
  EXPECT_TRUE(schedule.take_wanted(id, now - 1h)) << "the clock was set back";
  EXPECT_EQ(slots_of(schedule, kStart, kStart + 1h), slots);
  EXPECT_TRUE(schedule.take_retries(now, now + 1h).empty());
}

TEST(Schedule, WhatIsWantedAndDueSoonIsNotRunTwice) {
  Schedule schedule;
  const auto check = http_check(300s);
  const Uuid id = check.id.value;
  schedule.put(check, {CheckStatus::down, CheckStatus::down, kStart}, kStart);
  const Instant slot = slots_of(schedule, kStart, kStart + 300s).at(id).front();
  EXPECT_FALSE(schedule.take_wanted(id, slot - kSoon + 1ms));
  // The slot's result is followed as that of a run at once is.
  schedule.put(check, {CheckStatus::down, CheckStatus::up, slot}, slot + 1s);
  EXPECT_EQ(schedule.take_retries(slot + 1s, slot + 6s).size(), 1u);
}

// "Down" that may be over, and "up" that may be over, are decided within seconds.
TEST(Schedule, WhatIsWantedIsFollowedUntilItIsDecided) {
  for (const auto now_seen : {CheckStatus::up, CheckStatus::down}) {
    Schedule schedule;
    const auto check = http_check(86'400s);
    const Uuid id = check.id.value;
    const auto before = now_seen == CheckStatus::up ? CheckStatus::down : CheckStatus::up;
    schedule.put(check, {before, before, kStart}, kStart);
    const auto run = schedule.take_wanted(id, kStart + 1h);
    ASSERT_TRUE(run);
    schedule.put(check, {before, now_seen, run->slot}, run->slot + 1s);
    const auto retries = schedule.take_retries(run->slot + 1s, run->slot + 6s);
    ASSERT_EQ(retries.size(), 1u);
    EXPECT_EQ(retries[0].slot, run->slot + kQuickRetry);
    schedule.put(check, {now_seen, now_seen, retries[0].slot}, retries[0].slot + 1s);
    EXPECT_TRUE(schedule.take_retries(kStart, kStart + 24h).empty());
  }
}

TEST(WantedChecks, WaitInTheirOrderEachOnceAndNotTooMany) {
  Wanted wanted;
  std::vector<Uuid> ids;
  for (std::size_t i = 0; i < Wanted::kMost + 10; ++i) ids.push_back(Uuid::make());
  wanted.add({ids[0], ids[1], ids[0]});
  wanted.add(ids);
  EXPECT_EQ(wanted.take(3), (std::vector{ids[0], ids[1], ids[2]}));
  wanted.add({ids[0]});
  const auto rest = wanted.take(2 * Wanted::kMost);
  EXPECT_EQ(rest.size(), Wanted::kMost - 2);
  EXPECT_EQ(rest.back(), ids[0]) << "asked for once more after it was run";
  wanted.add(ids);
  wanted.clear();
  EXPECT_TRUE(wanted.take(1).empty());
}

// The bar: 64 MB for the whole checker with 100,000 checks.
TEST(Schedule, HoldsAHundredThousandChecksInLittleMemory) {
  constexpr std::size_t kChecks = 100'000;
  const auto before = mallinfo2().uordblks;
  Schedule schedule;
  for (std::size_t i = 0; i < kChecks; ++i) {
    schedule.put(http_check(60s, static_cast<int>(i)), {}, kStart);
  }
  const auto each = (mallinfo2().uordblks - before) / kChecks;
  RecordProperty("bytes_per_check", static_cast<int>(each));
  EXPECT_LT(each, 400u);
  EXPECT_LT(schedule.due(kStart).size(), 600u) << "a window's share, not all";
}

}  // namespace monitron::checker
