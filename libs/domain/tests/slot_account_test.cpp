// Every scheduled slot is accounted for.
#include "domain/slot_account.hpp"

#include "domain/check_slots.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {

namespace {

constexpr std::chrono::seconds kInterval{10};
constexpr Instant kBegin = Instant(std::chrono::seconds(1'700'000'000));

Instant slot(const CheckId& id, int number) {
  return kBegin + phase_of(id, kInterval) + number * kInterval;
}

}  // namespace

TEST(SlotAccount, ASlotHasAResultOrAReasonOrIsUnexplained) {
  const auto id = CheckId::make();
  const std::vector<Instant> results{slot(id, 0), slot(id, 1), slot(id, 5)};
  const std::vector<MissedSlots> missed{
      {std::nullopt, "default", kBegin + 2 * kInterval, kBegin + 5 * kInterval,
       MissReason::no_scheduler},
      {id, "default", slot(id, 3), slot(id, 3), MissReason::overrun}};
  const auto account =
      account_slots(id, kInterval, kBegin, kBegin + 10 * kInterval, results, missed);
  EXPECT_EQ(account.expected, 10);
  EXPECT_EQ(account.results, 3);
  EXPECT_EQ(account.unexplained, 4);
  ASSERT_EQ(account.missed.size(), 2U);
  EXPECT_EQ(account.missed[0].slots.reason, MissReason::no_scheduler);
  EXPECT_EQ(account.missed[0].slots.from, slot(id, 2));
  EXPECT_EQ(account.missed[0].slots.to, slot(id, 4));
  EXPECT_EQ(account.missed[0].count, 2);
  EXPECT_EQ(account.missed[1].slots.reason, MissReason::overrun);
  EXPECT_EQ(account.missed[1].count, 1);
}

RC_GTEST_PROP(SlotAccount, EveryDueSlotIsCountedOnce, ()) {
  const auto id = CheckId::make();
  const auto from = kBegin + std::chrono::milliseconds(*rc::gen::inRange(0, 30'000));
  const auto to = from + std::chrono::milliseconds(*rc::gen::inRange(0, 300'000));
  std::vector<Instant> results;
  for (int i = 0; i < 40; ++i) {
    if (*rc::gen::arbitrary<bool>()) results.push_back(slot(id, i));
  }
  std::vector<MissedSlots> missed;
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
    const int begin = *rc::gen::inRange(-5, 40);
    missed.push_back({*rc::gen::arbitrary<bool>() ? std::optional(id) : std::nullopt, "default",
                      slot(id, begin), slot(id, begin + *rc::gen::inRange(0, 10)),
                      *rc::gen::element(MissReason::late, MissReason::overrun)});
  }
  const auto account = account_slots(id, kInterval, from, to, results, missed);
  RC_ASSERT(account.expected == slots_between(id, kInterval, from, to));
  std::int64_t explained = 0, by_hand = 0, have = 0;
  for (const auto& one : account.missed) explained += one.count;
  RC_ASSERT(account.results + explained + account.unexplained == account.expected);
  for (int i = -5; i < 60; ++i) {
    const auto due = slot(id, i);
    if (due < from || due >= to) continue;
    const bool result = std::binary_search(results.begin(), results.end(), due);
    const bool said = std::any_of(missed.begin(), missed.end(), [&](const auto& one) {
      return one.from <= due && due <= one.to;
    });
    have += result;
    by_hand += !result && said;
  }
  RC_ASSERT(account.results == have);
  RC_ASSERT(explained == by_hand);
}

}  // namespace monitron::domain
