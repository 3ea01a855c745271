// Long work that is in its middle while something happens.

#include "jobs_suite.hpp"

#include <future>

namespace monitron::api {
namespace {

// Held up by a table that somebody else has locked.
class HeldUp : public Jobs {
 protected:
  void SetUp() override {
    Jobs::SetUp();
    if (IsSkipped()) return;
    id_ = export_later();
    connection_ = std::make_unique<pqxx::connection>(api().config.database_url);
    hold_up();
  }
  void hold_up() {
    tx_.reset();
    tx_ = std::make_unique<pqxx::work>(*connection_);
    tx_->exec0("LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE");
  }
  void let_go() { tx_->abort(); }
  std::string stored_state() {
    return tx_->exec_params1("SELECT state FROM jobs WHERE id = $1", id_)[0].c_str();
  }
  bool until(JobRunner& runner, const std::function<bool()>& holds) {
    return testkit::eventually(15s, [&] {
      runner.look();
      return holds();
    });
  }
  void cut_off() {
    say("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
        "'api_test' AND wait_event_type = 'Lock' AND query LIKE '%audit_log%'");
  }
  std::string id_;
  std::unique_ptr<pqxx::connection> connection_;
  std::unique_ptr<pqxx::work> tx_;
};

TEST_F(HeldUp, ItIsCancelledInTheMiddle) {
  auto one = runner();
  ASSERT_TRUE(until(*one, [&] { return stored_state() == "running"; }));
  say("UPDATE jobs SET cancelling = true");  // as the route does, whose entry would wait
  EXPECT_TRUE(until(*one, [&] { return stored_state() == "cancelled"; }));
  let_go();
}

TEST_F(HeldUp, ARunnerThatStopsGivesItBack) {
  auto one = runner();
  ASSERT_TRUE(until(*one, [&] { return stored_state() == "running"; }));
  one->stop();
  EXPECT_EQ(stored_state(), "queued");
  let_go();
  EXPECT_EQ(ended(*runner(), id_)["state"], "done");
}

// Nothing of it holds, though nothing of it was refused.
TEST_F(HeldUp, AnImportIsCancelledInTheMiddle) {
  let_go();
  say("UPDATE jobs SET state = 'cancelled', finished_at = now()");
  const auto name = "cancelled-" + Uuid::make().str();
  const auto made = api().send(Method::post, "/api/v1/config/import", api().admin(),
                               "groups:\n- name: " + name + "\n",
                               {{"Prefer", "respond-async"}, {"Content-Type", "application/yaml"}});
  ASSERT_EQ(made.status, 202) << made.text;
  id_ = made.json["id"];
  tx_.reset();
  tx_ = std::make_unique<pqxx::work>(*connection_);
  tx_->exec0("LOCK TABLE instance_groups IN ACCESS EXCLUSIVE MODE");
  auto one = runner();
  ASSERT_TRUE(until(*one, [&] { return stored_state() == "running"; }));
  EXPECT_EQ(api().post("/api/v1/jobs/" + id_ + "/cancel", api().admin(), nullptr).status, 200);
  one->look();
  let_go();
  EXPECT_EQ(ended(*one, id_)["state"], "cancelled");
  EXPECT_EQ(api().get("/api/v1/groups?q=" + name, api().admin()).json["items"].size(), 0u);
}

// A database that goes away for a moment is no end of a job: it is begun again.
TEST_F(HeldUp, WhatCannotBeDoneNowIsTriedAgain) {
  auto one = runner();
  ASSERT_TRUE(until(*one, [&] { return stored_state() == "running"; }));
  ASSERT_TRUE(testkit::eventually(8s, [&] {
    cut_off();
    return !one->busy();
  }));
  EXPECT_EQ(stored_state(), "queued");
  one->look();
  EXPECT_FALSE(one->busy()) << "not at once";
  let_go();
  end_leases();
  EXPECT_EQ(ended(*one, id_)["state"], "done");
}

TEST_F(HeldUp, WhatCannotBeDoneForLongFailsByItsReason) {
  say("UPDATE jobs SET attempts = " + std::to_string(store::kMostAttempts - 1));
  auto one = runner();
  ASSERT_TRUE(until(*one, [&] { return stored_state() == "running"; }));
  ASSERT_TRUE(testkit::eventually(8s, [&] {
    cut_off();
    return !one->busy();
  }));
  let_go();
  const auto failed = job(id_);
  EXPECT_EQ(failed["state"], "failed");
  EXPECT_EQ(failed["problem"]["status"], 503) << failed.dump();
}

// Whoever changes something all the time does not keep an import from its end.
TEST_F(HeldUp, AnImportEndsWhileOthersChangeThings) {
  let_go();
  ended(*runner(), id_);
  std::atomic<bool> enough = false;
  const auto others = std::async(std::launch::async, [&] {
    while (!enough) {
      (void)api().database->transact([](pqxx::work& tx) {
        store::append_audit(tx, {.actor_kind = "system", .action = "test.row", .object = "test"});
      });
    }
  });
  const auto prefix = "busy-" + Uuid::make().str();
  Json groups = Json::array();
  for (int i = 0; i < 40; ++i) groups.push_back({{"name", prefix + std::to_string(i)}});
  const auto asked =
      later(Method::post, "/api/v1/config/import", api().admin(), {{"groups", groups}});
  EXPECT_EQ(asked.status, 202) << asked.text;
  const auto done = ended(*runner(), asked.json.value("id", ""));
  enough = true;
  others.wait();
  EXPECT_EQ(done["state"], "done") << done.dump();
}

TEST_F(HeldUp, OneOfEachCallerRunsAtATime) {
  let_go();
  const auto second = later(Method::post, "/api/v1/rules/replay", api().viewer(), kReplay);
  ASSERT_EQ(second.status, 202) << second.text;
  const auto third = export_later();
  hold_up();
  auto one = runner();
  ASSERT_TRUE(until(*one, [&] { return stored_state() == "running"; }));
  EXPECT_EQ(ended(*one, second.json["id"])["state"], "done") << "nobody waits behind another";
  EXPECT_EQ(state(third), "queued");
  let_go();
  EXPECT_EQ(ended(*one, third)["state"], "done");
}

}  // namespace
}  // namespace monitron::api
