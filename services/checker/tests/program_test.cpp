// The built checker with a real broker, a real database and real targets: what it promises when
// things are killed around it.

#include "checker/tests/checker_program.hpp"
#include "testkit/script_folder.hpp"

namespace monitron::checker {
namespace {

// M-027, M-028, M-083, M-126: enabled in the database, run at its interval, its result sent.
TEST_F(CheckerProgram, RunsEnabledChecksAtTheirIntervalsAndHearsOfChanges) {
  const probe::Target site(probe::answering(kPage));
  const probe::Target port([](int) {});
  const auto http = enable(CheckKind::http, url_of(site));
  const auto tcp = enable(CheckKind::tcp, address_of(port), 2);
  const auto program = checker("scheduler,worker");
  ASSERT_TRUE(eventually(kPatience, [&] {
    return results_->slots(http).size() >= 4 && results_->of(tcp).size() >= 2;
  }));
  for (const auto& result : results_->of(http)) {
    EXPECT_EQ(result.outcome.status, domain::CheckStatus::up) << result.outcome.reason;
  }
  const auto slots = results_->slots(tcp);
  EXPECT_EQ((*std::next(slots.begin()) - *slots.begin()).count() % 2000, 0);

  const auto late = enable(CheckKind::tcp, address_of(port));
  EXPECT_TRUE(eventually(8s, [&] { return !results_->of(late).empty(); }));
  const auto daily = enable(CheckKind::tcp, address_of(port), 86'400);
  EXPECT_TRUE(eventually(8s, [&] { return !results_->of(daily).empty(); })) << "at once";
  // What calls in itself is not run from here.
  const auto passive = enable(CheckKind::heartbeat, "nightly backup");
  ASSERT_TRUE(database_->transact([&](pqxx::work& tx) { store::delete_check(tx, http); }));
  EXPECT_TRUE(eventually(kPatience, [&] {
    const auto last = *results_->slots(http).rbegin();
    return system_clock().now() - last > 5s && results_->of(late).size() > 4;
  }));
  EXPECT_TRUE(results_->of(passive).empty());
  EXPECT_EQ(program->terminate(), 0);
}

// M-043: "test now".
TEST_F(CheckerProgram, RunsATrialAtOnce) {
  const probe::Target site(probe::answering(kPage));
  const auto program = checker("worker");
  const auto check = slice_now(CheckKind::http, url_of(site)).jobs[0].check;
  const contracts::CheckTest test{Uuid::make(), check, location_};
  ASSERT_TRUE(publish(contracts::to_message(test)));
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->of(check.id.value).size() == 1; }));
  EXPECT_EQ(results_->of(check.id.value)[0].test_id, test.test_id);
}

// M-068: killed while a check runs; the slice is delivered again, to another worker.
TEST_F(CheckerProgram, AKilledWorkersSliceIsRunByAnother) {
  std::atomic<bool> answers{false};
  const probe::Target site([&](int fd) {
    probe::read_head(fd);
    answers ? probe::write_all(fd, kPage) : hold(fd);
  });
  const auto slice = slice_now(CheckKind::http, url_of(site));
  const auto check = slice.jobs[0].check.id.value;
  auto first = checker("worker");
  ASSERT_TRUE(publish(contracts::to_message(slice)));
  ASSERT_TRUE(eventually(kPatience, [&] { return site.accepted() == 1; }));
  first->kill_hard();
  answers = true;
  const auto second = checker("worker");
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->of(check).size() == 1; }));
  const auto result = results_->of(check)[0];
  EXPECT_EQ(result.slot, slice.jobs[0].slot) << "the same identity: stored once";
  EXPECT_EQ(result.outcome.status, domain::CheckStatus::up) << result.outcome.reason;
}

// M-037: what runs is finished or given back, and the end is clean.
TEST_F(CheckerProgram, EndsCleanlyUnderLoadAndGivesBackWhatItCannotFinish) {
  const probe::Target port([](int) {});
  std::atomic<bool> answers{false};
  const probe::Target site([&](int fd) {
    probe::read_head(fd);
    answers ? probe::write_all(fd, kPage) : hold(fd);
  });
  for (int i = 0; i < 200; ++i) enable(CheckKind::tcp, address_of(port));
  auto program = checker("scheduler,worker");
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->size() > 400; }));
  auto slice = slice_now(CheckKind::http, url_of(site));
  slice.jobs[0].check.timeout = 50s;  // longer than the grace
  ASSERT_TRUE(publish(contracts::to_message(slice)));
  ASSERT_TRUE(eventually(kPatience, [&] { return site.accepted() == 1; }));
  EXPECT_EQ(program->terminate(12s), 0);
  answers = true;
  program = checker("worker");
  const auto check = slice.jobs[0].check.id.value;
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->of(check).size() == 1; }));
  EXPECT_EQ(results_->of(check)[0].outcome.status, domain::CheckStatus::up);
}

// One sends at a time; when it is killed the other one takes over with a higher fence.
TEST_F(CheckerProgram, OfTwoSchedulersOneLeadsAndTheOtherTakesOver) {
  const probe::Target port([](int) {});
  const auto check = enable(CheckKind::tcp, address_of(port));
  const auto holder =
      "SELECT holder FROM leases WHERE name = 'checker.scheduler." + location_ + "'";
  auto first = checker("scheduler");
  ASSERT_TRUE(eventually(kPatience, [&] { return !one_text(holder).empty(); }));
  const auto held_by = one_text(holder);
  const auto second = checker("scheduler");
  const auto worker = checker("worker");
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->slots(check).size() >= 3; }));
  EXPECT_EQ(one_text(holder), held_by);
  first->kill_hard();
  ASSERT_TRUE(eventually(kPatience, [&] { return one_text(holder) != held_by; }));
  const auto taken_over = system_clock().now();
  EXPECT_EQ(one_text("SELECT fence::text FROM leases"), "2");
  EXPECT_TRUE(
      eventually(kPatience, [&] { return *results_->slots(check).rbegin() > taken_over + 1s; }));
  // Each slot is one result: two schedulers never sent the same second here.
  EXPECT_EQ(results_->of(check).size(), results_->slots(check).size());
}

// M-005: trouble of the database stops no check; the scheduler that led goes on from memory.
TEST_F(CheckerProgram, GoesOnWhileTheDatabaseIsAway) {
  const probe::Target port([](int) {});
  const auto check = enable(CheckKind::tcp, address_of(port));
  const auto program = checker("scheduler,worker");
  ASSERT_TRUE(eventually(kPatience, [&] { return !results_->of(check).empty(); }));
  const auto name = one_text("SELECT current_database()");
  db::Pool admin({.url = testkit::server_addresses()->database_url, .application_name = "admin"});
  ASSERT_TRUE(admin.transact(
      [&](pqxx::work& tx) { tx.exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false"); }));
  ASSERT_TRUE(admin.transact([&](pqxx::work& tx) {
    tx.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name +
            "'");
  }));
  const auto gone = system_clock().now();
  // Longer than a lease lasts and than the definitions are good without a look.
  EXPECT_TRUE(eventually(kPatience, [&] { return *results_->slots(check).rbegin() > gone + 12s; }));
  EXPECT_GE(results_->slots(check).size(), 12u);
}

// M-104: what a script says is the result; none of our secrets reaches it.
TEST_F(CheckerProgram, RunsScriptsOfItsFolderAndOutlivesTheirSpawner) {
  const testkit::ScriptFolder folder;
  folder.write("check_it", "echo \"OK $1 $(env | grep -c _URL=) | answer=42ms\"");
  folder.write("check_long", "sleep 1000");
  const auto check = enable(CheckKind::script, "db1", 1,
                            R"({"script": {"command": "check_it", "arguments": ["a; b"]}})");
  const auto elsewhere =
      enable(CheckKind::script, "db1", 1, R"({"script": {"command": "absent"}})");
  const auto program =
      checker("scheduler,worker", {"MONITRON_CHECKER_SCRIPTS_DIR=" + folder.path()});
  ASSERT_TRUE(eventually(kPatience, [&] {
    return results_->of(check).size() >= 2 && !results_->of(elsewhere).empty();
  }));
  const auto outcome = results_->of(check).front().outcome;
  EXPECT_EQ(outcome.status, domain::CheckStatus::up);
  EXPECT_EQ(outcome.reason, "OK a; b 0");
  EXPECT_EQ(probe::value_of(outcome, "probe_script_value"), 0.042);
  EXPECT_EQ(results_->of(elsewhere).front().outcome.status, domain::CheckStatus::unknown);

  auto slice = slice_now(CheckKind::script, "db1");
  slice.jobs[0].check.use<domain::ScriptSettings>().command = "check_long";
  slice.jobs[0].check.timeout = 60s;
  ASSERT_TRUE(publish(contracts::to_message(slice)));
  ASSERT_TRUE(eventually(kPatience, [&] { return folder.process("check_long") != 0; }));
  ASSERT_EQ(kill(folder.process("monitron-spawner"), SIGKILL), 0);
  const auto long_one = slice.jobs[0].check.id.value;
  ASSERT_TRUE(eventually(kPatience, [&] { return !results_->of(long_one).empty(); }));
  EXPECT_EQ(results_->of(long_one).front().outcome.status, domain::CheckStatus::unknown);
  const auto lost = system_clock().now();
  EXPECT_TRUE(eventually(kPatience, [&] {
    const auto last = results_->of(check).back();
    return last.slot > lost + 2s && last.outcome.status == domain::CheckStatus::up;
  }));
  EXPECT_TRUE(eventually(kPatience, [&] { return folder.process("check_long") == 0; }));
  EXPECT_EQ(program->terminate(), 0);
}

TEST_F(CheckerProgram, WithoutAFolderScriptsAreUnknownAndSaidSo) {
  const auto check = enable(CheckKind::script, "db1", 1, R"({"script": {"command": "check_it"}})");
  const auto program = checker("scheduler,worker");
  ASSERT_TRUE(eventually(kPatience, [&] { return !results_->of(check).empty(); }));
  const auto outcome = results_->of(check).front().outcome;
  EXPECT_EQ(outcome.status, domain::CheckStatus::unknown);
  EXPECT_NE(outcome.reason.find("MONITRON_CHECKER_SCRIPTS_DIR"), std::string::npos);
}

// M-068: the broker is killed and comes back; checks go on by themselves.
TEST_F(CheckerProgram, GoesOnAfterTheBrokerWasKilled) {
  const probe::Target port([](int) {});
  const auto check = enable(CheckKind::tcp, address_of(port));
  const auto program = checker("scheduler,worker");
  ASSERT_TRUE(eventually(kPatience, [&] { return results_->slots(check).size() >= 3; }));
  broker_->kill();
  broker_->start();
  const auto back = system_clock().now();
  EXPECT_TRUE(eventually(120s, [&] { return *results_->slots(check).rbegin() > back + 3s; }));
  EXPECT_EQ(program->terminate(), 0);
}

}  // namespace
}  // namespace monitron::checker
