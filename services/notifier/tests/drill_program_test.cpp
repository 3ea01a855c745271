// Drills through the built notifier: broker, Alertmanager, its webhook back, channels.

#include "channels_scene.hpp"
#include "contracts/alertmanager_notified.hpp"
#include "store/drills.hpp"
#include "testkit/webhook_sink.hpp"

namespace monitron::notifier {
namespace {

class DrillProgram : public SubscribedProgram {
 protected:
  static void TearDownTestSuite() {
    peer.reset();
    SubscribedProgram::TearDownTestSuite();
  }
  void SetUp() override {
    SubscribedProgram::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    if (!pager) pager = std::make_unique<testkit::WebhookSink>();
    if (!peer) {
      peer = std::make_unique<testkit::AlertmanagerServer>(
          testkit::AlertmanagerServer::telling(pager->url()));
    }
    user_ = make_user("a");
    told_before_ = pages("firing") + pages("resolved");
  }
  std::string alertmanagers() const override { return peer->url(); }

  static std::size_t pages(const std::string& status) {
    return pager->told(status, "drill", "true").size();
  }
  Uuid ask() {
    const auto asked =
        pool_->transact([&](pqxx::work& tx) { return store::request_drill(tx, "ann"); });
    EXPECT_TRUE(asked && *asked);
    return (*asked)->id;
  }
  std::string of(const Uuid& drill, const std::string& what) {
    return one("SELECT " + what + " FROM drills WHERE id = '" + drill.str() + "'");
  }
  // Api's part: what Alertmanager says that it told comes back by the broker.
  void bring_back() {
    const auto incident = one("SELECT id FROM incidents WHERE drill ORDER BY id DESC LIMIT 1");
    for (const bool firing : {true, false}) {
      for (const auto& page : pager->told(firing ? "firing" : "resolved", "drill", "true")) {
        if (incident.empty() || page.dump().find(incident) == std::string::npos) continue;
        if (!brought_.insert(incident + (firing ? "1" : "2")).second) continue;
        contracts::AlertmanagerNotified notified;
        notified.receiver = "drills";
        notified.told = {{IncidentId{*Uuid::parse(incident)}, firing}};
        EXPECT_TRUE(publisher_->publish_and_wait(contracts::to_message(notified)));
      }
    }
  }
  bool ends(const Uuid& drill, const std::string& verdict) {
    return eventually(kPatience * 2, [&] {
      bring_back();
      return of(drill, "verdict") == verdict;
    });
  }
  bool is_over() {
    return eventually(
        kPatience, [&] { return count("incidents WHERE drill AND resolved_at IS NULL") == "0"; });
  }
  void give_it(int deadline_seconds) {
    run("UPDATE drill_schedule SET target_seconds = 10, deadline_seconds = " +
        std::to_string(deadline_seconds));
  }

  static inline std::unique_ptr<testkit::WebhookSink> pager;
  static inline std::unique_ptr<testkit::AlertmanagerServer> peer;
  Uuid user_{};
  std::size_t told_before_ = 0;
  std::set<std::string> brought_;
};

TEST_F(DrillProgram, GoesAllTheWayAndWakesNobodyWhoDidNotAsk) {
  subscribe(channel(user_, "webhook", hooks_.url("/drills")),
            [](auto& wish) { wish.drills = true; });
  subscribe(channel(user_, "webhook", hooks_.url("/all")));
  give_it(60);
  auto program = start("1");
  const auto drill = ask();
  ASSERT_TRUE(ends(drill, "ok")) << of(drill, "detail");
  EXPECT_EQ(kinds("/drills"), "fired resolved ");
  EXPECT_EQ(kinds("/all"), "");
  EXPECT_EQ(around->mail.letters("drill").size(), 0U);
  EXPECT_EQ(count("incidents WHERE drill AND resolved_at IS NOT NULL"), "1");
  EXPECT_EQ(count("incidents WHERE NOT drill"), "0");
  const auto report = pool_->transact([&](pqxx::work& tx) { return store::find_drill(tx, drill); });
  ASSERT_TRUE(report && *report);
  const auto& found = **report;
  EXPECT_EQ(found.requested_by, "ann");
  ASSERT_TRUE(found.decided_at && found.state.told_at && found.resolved_at);
  EXPECT_LE(found.state.started_at, *found.decided_at);
  EXPECT_LE(*found.decided_at, *found.state.told_at);
  EXPECT_LE(*found.state.told_at, *found.resolved_at);
  std::set<std::string> channels;
  for (const auto& delivery : found.deliveries) {
    channels.emplace(store::to_string(delivery.channel));
  }
  EXPECT_EQ(channels, (std::set<std::string>{"alertmanager", "alertmanager_receiver", "webhook"}));
  EXPECT_EQ(program->terminate(), 0);
}

TEST_F(DrillProgram, KilledInTheMiddleItStillEndsWithAVerdict) {
  give_it(60);
  auto program = start("1");
  const auto drill = ask();
  ASSERT_TRUE(eventually(kPatience, [&] { return count("incidents WHERE drill") == "1"; }));
  program->kill_hard();
  run("DELETE FROM leases");  // whoever was killed held them
  EXPECT_EQ(of(drill, "verdict IS NULL"), "t");
  program = start("1");
  ASSERT_TRUE(ends(drill, "ok") || of(drill, "verdict") == "late") << of(drill, "detail");
  EXPECT_TRUE(is_over());
  EXPECT_EQ(count("incidents WHERE drill"), "1") << "the same one goes on";
  EXPECT_EQ(pages("firing") + pages("resolved") - told_before_, 2U);
}

// Nobody says that Alertmanager told anybody: the real alert about it ends with a drill that is
// well.
TEST_F(DrillProgram, ThatIsLostIsARealAlert) {
  give_it(10);
  auto program = start("1");
  auto drill = ask();
  ASSERT_TRUE(eventually(kPatience, [&] { return of(drill, "verdict") == "lost"; }));
  EXPECT_NE(of(drill, "detail").find("webhook"), std::string::npos) << of(drill, "detail");
  EXPECT_TRUE(is_over());
  const std::string lost = "incidents WHERE rule_name = 'Drill was lost' AND NOT drill";
  ASSERT_TRUE(eventually(kPatience, [&] { return count(lost) == "1"; }));
  ASSERT_TRUE(eventually(kPatience, [&] {
    return !around->mail.letters("[FIRING] The latest drill did not reach people").empty();
  }));
  give_it(60);
  drill = ask();
  ASSERT_TRUE(ends(drill, "ok")) << of(drill, "detail");
  EXPECT_TRUE(
      eventually(kPatience, [&] { return count(lost + " AND resolved_at IS NOT NULL") == "1"; }));
}

// One of two ways of a receiver works: the webhook that comes back, as it would beside a pager.
class HalfTold : public DrillProgram {
 protected:
  static void TearDownTestSuite() {
    half_.reset();
    DrillProgram::TearDownTestSuite();
  }
  void SetUp() override {
    DrillProgram::SetUp();
    if (IsSkipped() || HasFatalFailure() || half_) return;
    half_ = std::make_unique<testkit::AlertmanagerServer>(
        "route: {receiver: both, group_by: ['...'], group_wait: 0s, group_interval: 1s}\n"
        "receivers: [{name: both, webhook_configs: [{url: '" +
        pager->url() + "'}, {url: 'http://127.0.0.1:9/'}]}]\n");
  }
  std::string alertmanagers() const override { return half_->url(); }

 private:
  static inline std::unique_ptr<testkit::AlertmanagerServer> half_;
};

TEST_F(HalfTold, WhatAlertmanagerCouldNotSendIsSaid) {
  give_it(120);
  auto program = start("1");
  const auto drill = ask();
  ASSERT_TRUE(ends(drill, "lost")) << of(drill, "verdict") << of(drill, "detail");
  EXPECT_NE(of(drill, "detail").find("could not send by webhook: "), std::string::npos)
      << of(drill, "detail");
  EXPECT_EQ(
      count("incident_events e JOIN incidents i ON i.id = e.incident_id WHERE i.drill AND "
            "e.kind = 'notified' AND e.text LIKE 'Alertmanager could not send by webhook: %'"),
      "1");
  EXPECT_EQ(one("SELECT DISTINCT state FROM deliveries WHERE channel = 'alertmanager' AND "
                "detail LIKE 'could not send by webhook: % failed since %'"),
            "failed");
  const std::string told = "incidents WHERE rule_name = 'Alertmanager cannot notify'";
  ASSERT_TRUE(eventually(kPatience, [&] { return count(told) == "1"; }));
  EXPECT_TRUE(eventually(kPatience, [&] {
    return !around->mail.letters("[FIRING] Alertmanager cannot send by webhook").empty();
  }));
}

TEST_F(DrillProgram, IsBegunWhenItIsDue) {
  give_it(60);
  run("UPDATE drill_schedule SET enabled = true, cron = '* * * * *', "
      "updated_at = now() - interval '2 min'");
  auto program = start("1");
  ASSERT_TRUE(eventually(kPatience, [&] { return count("drills") == "1"; }));
  EXPECT_EQ(one("SELECT requested_by = '' AND due_at <= started_at FROM drills"), "t");
}

TEST_F(DrillProgram, NobodyWasThereToBeginIsLost) {
  give_it(10);
  const auto drill = ask();
  run("UPDATE drill_requests SET requested_at = now() - interval '1 min'");
  auto program = start("1");
  ASSERT_TRUE(eventually(kPatience, [&] { return of(drill, "verdict") == "lost"; }));
  EXPECT_EQ(count("incidents WHERE drill"), "0");
}

}  // namespace
}  // namespace monitron::notifier
