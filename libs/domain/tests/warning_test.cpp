// Checks that are up, and that somebody should look at (M-002).
#include "domain/check_verdict.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {
namespace {

using enum CheckStatus;

struct Seen {
  CheckStatus status = up;
  bool warning = false;
};
constexpr Seen kFine{up, false}, kWarns{up, true}, kFails{down, false}, kUnrun{unknown, false};

CheckResult result_of(const Seen& seen, int second, const std::string& location = "a") {
  CheckResult result;
  result.location = location;
  result.outcome.status = seen.status;
  result.outcome.warning = seen.warning;
  result.slot = from_ms(1'700'000'000'000 + second * 1000LL);
  return result;
}

// With three in a row for the worse, two for the better.
CheckStates after(const std::vector<Seen>& seen) {
  CheckStates states;
  int second = 0;
  for (const auto& one : seen) advance(states, result_of(one, ++second));
  return states;
}

TEST(Warning, BeginsAndEndsAfterEnoughInARow) {
  EXPECT_FALSE(after({kFine, kWarns, kWarns}).warning);
  EXPECT_FALSE(after({kWarns, kWarns, kFine, kWarns}).warning);
  EXPECT_TRUE(after({kFine, kWarns, kUnrun, kWarns, kWarns}).warning);
  EXPECT_TRUE(after({kWarns, kWarns, kWarns, kFine}).warning);
  EXPECT_FALSE(after({kWarns, kWarns, kWarns, kFine, kFine}).warning);
  EXPECT_TRUE(after({kFine, kFails, kWarns, kFails, kWarns}).warning) << "trouble all the time";
  EXPECT_EQ(after({kWarns, kWarns, kWarns}).status, up);
}

TEST(Warning, WhoComesBackWithWarningsWarnsAtOnce) {
  std::vector<Seen> seen{kFine, kWarns, kWarns, kWarns, kFails, kFails, kFails};
  EXPECT_EQ(after(seen).status, down);
  EXPECT_FALSE(after(seen).warning) << "it is down, which is worse";
  seen.insert(seen.end(), {kWarns, kWarns});
  EXPECT_EQ(after(seen).status, up);
  EXPECT_TRUE(after(seen).warning);
  const auto fine = after({kFine, kFails, kFails, kFails, kFine, kFine});
  EXPECT_EQ(fine.status, up);
  EXPECT_FALSE(fine.warning);
}

TEST(Warning, OfSeveralLocationsTakesAQuorum) {
  CheckStates states;
  const auto see = [&](const std::string& location, const Seen& seen, int second) {
    auto result = result_of(seen, second, location);
    result.locations = 3;
    result.quorum = 2;
    result.failures_before_down = 1;
    return advance(states, result);
  };
  see("a", kWarns, 1);
  see("b", kFine, 1);
  EXPECT_FALSE(states.warning);
  EXPECT_TRUE(see("c", kFails, 2).warning_changed) << "one warns, one is worse";
  EXPECT_TRUE(states.warning);
  EXPECT_EQ(states.status, up);
  EXPECT_TRUE(see("c", kUnrun, 3).at.state.warning.on);
  see("c", kUnrun, 4);
  EXPECT_FALSE(states.warning) << "what cannot tell does not vote";
}

TEST(Warning, ACheckMayBeLeftOutOfFlapDetection) {
  CheckStates states;
  for (int second = 1; second < 30; ++second) {
    auto result = result_of(second % 2 == 0 ? kFine : kFails, second);
    result.flap_detection = second >= 26;
    advance(states, result);
    EXPECT_FALSE(states.flapping);
  }
  EXPECT_GT(flapping_percent(states, 1), 0);
  auto last = result_of(kFine, 40);
  last.flap_detection = false;
  advance(states, last);
  EXPECT_EQ(flapping_percent(states, 1), 0) << "it is forgotten at once";
}

RC_GTEST_PROP(Warning, IsOfTroubleInARowAlone, ()) {
  const auto seen = *rc::gen::container<std::vector<Seen>>(
      rc::gen::elementOf(std::vector<Seen>{kFine, kWarns, kFails, kUnrun}));
  CheckStates states;
  int second = 0, troubles = 0, fine = 0;
  for (const auto& one : seen) {
    const bool before = states.at.empty() ? false : states.at.front().state.warning.on;
    advance(states, result_of(one, ++second));
    if (one.status != unknown) {
      const bool trouble = one.warning || one.status == down;
      troubles = trouble ? troubles + 1 : 0;
      fine = trouble ? 0 : fine + 1;
    }
    const bool now = states.at.front().state.warning.on;
    if (now && !before) RC_ASSERT(troubles == 3);
    if (!now && before) RC_ASSERT(fine == 2);
    RC_ASSERT(states.warning == (now && states.status == up));
  }
}

}  // namespace
}  // namespace monitron::domain
