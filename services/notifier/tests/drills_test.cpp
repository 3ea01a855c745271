#include "notifier/alert_book.hpp"
#include "notifier/drill_findings.hpp"

#include <gtest/gtest.h>

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;
using domain::AlertChange;
using store::DeliveryChannel;
using store::DeliveryState;

const Uuid kDrill = *Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057");

Instant at(int second) { return from_ms(1'700'000'000'000 + second * 1000LL); }

TEST(DrillBeat, IsABatchOfTheSuite) {
  for (const bool fires : {true, false}) {
    const auto beat = drill_beat(batch_of({kDrill, fires, at(3)}));
    ASSERT_TRUE(beat);
    EXPECT_EQ(beat->drill, kDrill);
    EXPECT_EQ(beat->fires, fires);
    EXPECT_EQ(beat->at, at(3));
  }
}

// Whoever pushes a series of that name raises nothing.
TEST(DrillBeat, IsOfNobodyElse) {
  auto batch = batch_of({kDrill, true, at(3)});
  batch.id.source = SourceId{kDrill};
  EXPECT_FALSE(drill_beat(batch));
  EXPECT_FALSE(drill_beat(drill_outcome(true, at(3))));
}

class DrillAlerts : public testing::Test {
 protected:
  void SetUp() override { define({}); }
  void define(std::vector<domain::GateWindow> windows) {
    AlertBook::Definitions definitions;
    definitions.rules = {drill_rule()};
    definitions.windows = std::move(windows);
    EXPECT_TRUE(book_.define(std::move(definitions), at(0)).empty());
  }
  Changes beat(bool fires, int second, int heard) {
    return book_.observe(DrillBeat{kDrill, fires, at(second)}, at(heard));
  }
  AlertBook book_;
};

TEST_F(DrillAlerts, FireAndEndOnce) {
  const auto fired = beat(true, 1, 1);
  ASSERT_EQ(fired.size(), 1U);
  EXPECT_EQ(fired[0].change, AlertChange::fired);
  EXPECT_EQ(fired[0].alert.id, drill_alert_id(kDrill));
  EXPECT_EQ(fired[0].alert.labels.at("drill"), "true");
  EXPECT_EQ(fired[0].alert.labels.at("alertname"), kDrillName);
  EXPECT_EQ(fired[0].alert.labels.at("severity"), "info");
  EXPECT_TRUE(beat(true, 2, 2).empty());
  define({});
  EXPECT_TRUE(book_.tick(at(1000)).empty()) << "silence does not end it";
  const auto ended = beat(false, 1001, 1001);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].change, AlertChange::resolved);
  EXPECT_TRUE(beat(true, 1002, 1002).empty()) << "of one who does not know yet that it is over";
}

TEST_F(DrillAlerts, BeatsThatComeLateSayNothing) {
  EXPECT_TRUE(beat(true, 1, 32).empty());
  ASSERT_EQ(beat(true, 40, 40).size(), 1U);
  EXPECT_TRUE(beat(false, 39, 41).empty()) << "overtaken by a newer one";
}

// What is tried is the way behind the gate.
TEST_F(DrillAlerts, AreNotHeldBack) {
  domain::GateWindow window;
  window.id = kDrill;
  window.everything = true;
  window.from = at(-100);
  window.to = at(1000);
  define({window});
  const auto fired = beat(true, 1, 1);
  ASSERT_EQ(fired.size(), 1U);
  EXPECT_EQ(fired[0].change, AlertChange::fired);
}

store::Delivery delivery(DeliveryChannel channel, int transition, DeliveryState state,
                         const std::string& target, int second) {
  store::Delivery one;
  one.channel = channel;
  one.transition = transition;
  one.state = state;
  one.target = target;
  one.at = at(second);
  return one;
}

DrillFacts told_by_alertmanager() {
  DrillFacts facts;
  facts.decided = facts.first_came = true;
  facts.deliveries = {
      delivery(DeliveryChannel::alertmanager, 1, DeliveryState::accepted, "http://am", 1),
      delivery(DeliveryChannel::alertmanager_receiver, 1, DeliveryState::delivered, "drills", 2)};
  return facts;
}

TEST(DrillFindings, SayWhereItStopped) {
  DrillFacts facts;
  const auto missing = [&] { return drill_findings(facts, at(9)).beginning.missing; };
  EXPECT_NE(missing().find("broker"), std::string::npos);
  facts.decided = true;
  EXPECT_NE(missing().find("did not come back"), std::string::npos);
  facts.first_came = true;
  EXPECT_EQ(missing(), "no peer of Alertmanager took it");
  facts.deliveries = {
      delivery(DeliveryChannel::alertmanager, 1, DeliveryState::accepted, "http://am", 1)};
  EXPECT_NE(missing().find("webhook"), std::string::npos);
  facts.deliveries.push_back(
      delivery(DeliveryChannel::alertmanager, 1, DeliveryState::suppressed, "http://am", 1));
  facts.deliveries.back().detail = "silenced by ann";
  EXPECT_NE(missing().find("silenced by ann"), std::string::npos);
}

TEST(DrillFindings, AreDoneWhenAReceiverAndAllChannelsWereTold) {
  auto facts = told_by_alertmanager();
  EXPECT_EQ(drill_findings(facts, at(9)).beginning.done_at, at(2));
  facts.channels = {{"fired", "mine", "sending", "refused"}};
  EXPECT_FALSE(drill_findings(facts, at(9)).beginning.done_at);
  EXPECT_EQ(drill_findings(facts, at(9)).beginning.missing,
            "the channel \"mine\" was not told: refused");
  facts.channels[0].state = "sent";
  facts.deliveries.push_back(
      delivery(DeliveryChannel::webhook, 1, DeliveryState::sent, "https://a", 7));
  EXPECT_EQ(drill_findings(facts, at(9)).beginning.done_at, at(7));
  facts.channels[0].state = "failed";
  EXPECT_NE(drill_findings(facts, at(9)).beginning.failure, "");
}

TEST(DrillFindings, WithoutAlertmanagerSomebodyMustHaveSubscribed) {
  DrillFacts facts;
  facts.decided = facts.first_came = true;
  facts.has_alertmanager = false;
  EXPECT_NE(drill_findings(facts, at(9)).beginning.failure, "");
  facts.channels = {{"fired", "mine", "sent", ""}};
  EXPECT_TRUE(drill_findings(facts, at(9)).beginning.done_at);
}

TEST(DrillFindings, TheEndIsToldToWhoeverWasToldOfTheBeginning) {
  auto facts = told_by_alertmanager();
  facts.channels = {{"fired", "mine", "sent", ""}, {"resolved", "mine", "pending", ""}};
  const auto missing = [&] { return drill_findings(facts, at(9)).end.missing; };
  EXPECT_EQ(missing(), "it was not decided");
  facts.resolved = true;
  EXPECT_NE(missing().find("did not come back"), std::string::npos);
  facts.second_came = true;
  EXPECT_NE(missing().find("mine"), std::string::npos);
  facts.channels[1].state = "sent";
  EXPECT_EQ(missing(), "Alertmanager does not say that it told drills");
  facts.deliveries.push_back(
      delivery(DeliveryChannel::alertmanager_receiver, 2, DeliveryState::delivered, "drills", 8));
  EXPECT_NE(missing().find("not known yet"), std::string::npos);
  facts.sends_looked_at = at(8);
  EXPECT_TRUE(drill_findings(facts, at(9)).end.done_at);
}

// That a receiver's webhook came says nothing of its other ways.
TEST(DrillFindings, WhatAlertmanagerCouldNotSendWasNotTold) {
  auto facts = told_by_alertmanager();
  facts.resolved = facts.second_came = true;
  facts.sends_looked_at = at(9);
  facts.deliveries.push_back(
      delivery(DeliveryChannel::alertmanager_receiver, 2, DeliveryState::delivered, "drills", 8));
  facts.deliveries.push_back(
      delivery(DeliveryChannel::alertmanager, 1, DeliveryState::failed, "http://am", 7));
  facts.deliveries.back().detail = "could not send by slack: 1 failed";
  const auto found = drill_findings(facts, at(9));
  EXPECT_EQ(found.beginning.failure, "Alertmanager could not send by slack: 1 failed");
  EXPECT_EQ(found.end.failure, found.beginning.failure);
  EXPECT_FALSE(found.beginning.done_at || found.end.done_at);
}

}  // namespace
}  // namespace monitron::notifier
