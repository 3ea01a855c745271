#include "domain/subscription.hpp"

#include <gtest/gtest.h>

namespace monitron::domain {
namespace {

using namespace std::chrono_literals;

Uuid id(std::uint8_t number) {
  Uuid made;
  made.bytes[15] = number;
  return made;
}

Subscription of(std::uint8_t user, std::uint8_t channel) {
  Subscription one;
  one.id = Uuid::make();
  one.user_id = id(user);
  one.channel_id = id(channel);
  return one;
}

const TellableAlert kAlert{id(100), std::nullopt, "warning", {{"team", "web"}, {"host", "a"}}};

std::vector<Uuid> channels(const std::vector<Subscription>& subscriptions,
                           const TellableAlert& alert = kAlert) {
  std::vector<Uuid> found;
  for (const auto& one : tellings(subscriptions, alert)) found.push_back(one.channel_id);
  return found;
}

TEST(Subscriptions, MatchByRuleLabelsAndSeverity) {
  auto all = of(1, 1);
  auto rule = of(1, 2);
  rule.rule_id = id(100);
  auto other_rule = of(1, 3);
  other_rule.rule_id = id(101);
  auto label = of(1, 4);
  label.selector = {{"team", "web"}};
  auto other_label = of(1, 5);
  other_label.selector = {{"team", "web"}, {"host", "b"}};
  auto severe = of(1, 6);
  severe.min_severity = "critical";
  auto as_severe = of(1, 7);
  as_severe.min_severity = "warning";
  EXPECT_EQ(channels({as_severe, severe, other_label, label, other_rule, rule, all}),
            (std::vector{id(1), id(2), id(4), id(7)}));
}

TEST(Subscriptions, OfOneChannelTellOnceWithTheMostEagerWishes) {
  auto a = of(1, 1);
  a.send_resolved = false;
  a.digest_above = 3;
  auto b = of(1, 1);
  b.digest_above = 20;
  b.remind = 600s;
  auto c = of(1, 1);
  c.digest_above = 5;
  c.remind = 60s;
  EXPECT_EQ(tellings({a, b, c}, kAlert), (std::vector<Telling>{{id(1), true, 20, 60s}}));
  c.digest_above = 0;
  EXPECT_EQ(tellings({a, c, b}, kAlert)[0].digest_above, 0);
}

// C-042.
TEST(Subscriptions, AnOwnThresholdTakesThePlaceOfTheRules) {
  auto own = of(1, 1);
  own.rule_id = id(100);
  own.threshold = 80;
  const auto all_of_same = of(1, 2);
  const auto other = of(2, 3);
  const std::vector subscriptions{own, all_of_same, other};
  EXPECT_EQ(channels(subscriptions), (std::vector{id(3)}));
  auto personal = kAlert;
  personal.audience = id(1);
  EXPECT_EQ(channels(subscriptions, personal), (std::vector{id(1), id(2)}));
  auto of_another_rule = kAlert;
  of_another_rule.rule_id = id(101);
  EXPECT_EQ(channels(subscriptions, of_another_rule), (std::vector{id(2), id(3)}));
}

TEST(Subscriptions, LettersBeyondTheirNumberGoIntoADigest) {
  EXPECT_FALSE(goes_into_digest(10, 9));
  EXPECT_TRUE(goes_into_digest(10, 10));
  EXPECT_FALSE(goes_into_digest(0, 1000));
}

TEST(Subscriptions, PausesGrow) {
  EXPECT_EQ(pause_after(0), 5s);
  EXPECT_EQ(pause_after(1), 5s);
  EXPECT_EQ(pause_after(2), 30s);
  EXPECT_EQ(pause_after(4), 600s);
  EXPECT_EQ(pause_after(1000), 600s);
}

}  // namespace
}  // namespace monitron::domain
