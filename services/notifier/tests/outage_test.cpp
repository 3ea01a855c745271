// The notifier goes on while what it needs is killed, and loses nothing: no alert, no end of one,
// no letter.

#include "contracts/alert_changed.hpp"
#include "contracts/alertmanager_notified.hpp"
#include "program_scene.hpp"
#include "store/checks.hpp"
#include "testkit/private_postgres.hpp"

#include <algorithm>
#include <csignal>

namespace monitron::notifier {
namespace {

const std::vector<std::string> kAlertQueues = {"alerts.mail", "alerts.channels", "alerts.notified"};

// M-005, M-068, X-03: what is decided is told at once, and stored and mailed later.
TEST_F(NotifierProgram, WithoutPostgresItDecidesAndTellsOn) {
  testkit::PrivatePostgres postgres;
  use(postgres.url());
  auto program = start("1");
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(kPatience, [&] { return !alerts().empty(); }));
  // Answered by the mail server, but not noted when PostgreSQL died, it would come twice.
  ASSERT_TRUE(eventually(kPatience, [&] { return count("deliveries") == "1"; }));

  postgres.kill();
  EXPECT_TRUE(while_results(CheckStatus::up, [&] { return alerts().empty(); }));
  EXPECT_TRUE(while_results(CheckStatus::down, [&] { return !alerts().empty(); }));
  postgres.start();
  EXPECT_TRUE(eventually(kPatience, [&] {
    return count("incidents") == "2" && open() == "1" && letters("FIRING").size() == 2 &&
           letters("RESOLVED").size() == 1;
  }));
  EXPECT_TRUE(incident_resolves());
  EXPECT_TRUE(eventually(kPatience, [&] { return letters("RESOLVED").size() == 2; }));
  EXPECT_TRUE(eventually(kPatience, [&] { return alerts().empty(); }));
  EXPECT_EQ(letters("FIRING").size(), 2U);
  EXPECT_EQ(program->terminate(), 0);
}

// nobody waits for the next telling of all.
TEST_F(NotifierProgram, WithoutPostgresAPageComesAtOnce) {
  testkit::PrivatePostgres postgres;
  use(postgres.url());
  auto program = start("120");
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(incident_resolves());
  ASSERT_TRUE(eventually(kPatience, [&] { return alerts().empty(); }));
  postgres.kill();
  EXPECT_TRUE(while_results(CheckStatus::down, [&] { return !alerts().empty(); }));
  EXPECT_TRUE(while_results(CheckStatus::up, [&] { return alerts().empty(); }));
}

// However often they were tried meanwhile: neither is what waited told much later, nor is it given
// up.
TEST_F(NotifierProgram, AfterPostgresWasAwayForLongWhatWaitedIsToldSoon) {
  testkit::PrivatePostgres postgres;
  use(postgres.url());
  auto program = start();
  ASSERT_TRUE(incident_opens());
  const auto incident = Uuid::parse(one("SELECT id FROM incidents"));
  ASSERT_TRUE(incident);
  postgres.kill();
  contracts::AlertChanged over;
  over.incident_id = IncidentId{*incident};
  over.transition = 2;
  over.firing = false;
  over.severity = "critical";
  over.title = name_;
  contracts::AlertmanagerNotified told;
  told.receiver = "pager";
  told.told = {{over.incident_id, true}};
  for (auto message : {contracts::to_message(over), contracts::to_message(told)}) {
    message.attempt = 20;
    ASSERT_TRUE(publisher_->publish_and_wait(message));
  }
  ASSERT_TRUE(eventually(kPatience, [&] {
    const auto log = testkit::read_file(log_);
    return std::all_of(kAlertQueues.begin(), kAlertQueues.end(), [&](const std::string& queue) {
      return log.find("\"queue\":\"" + queue + "\"") != std::string::npos;
    });
  }));
  postgres.start();
  const auto taken =
      "notifier_inbox WHERE message_id LIKE '%" + contracts::to_message(over).message_id + "'";
  EXPECT_TRUE(eventually(kPatience, [&] {
    return count(taken) == "2" && letters("RESOLVED").size() == 1 &&
           count("deliveries WHERE channel = 'alertmanager_receiver'") == "1";
  }));
}

// M-069: who decided while PostgreSQL was away knows what is not stored; its lease was over.
TEST_F(NotifierProgram, WhoDecidedWithoutPostgresStoresItBeforeAnotherOneDecides) {
  testkit::PrivatePostgres postgres;
  use(postgres.url());
  auto leader = start("1");
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(kPatience, [&] { return !alerts().empty(); }));
  std::vector<std::unique_ptr<testkit::Program>> others;
  for (int i = 0; i < 3; ++i) others.push_back(start("1"));
  const auto ready = [&] { return one("SELECT count(*) FROM program_instances") == "4"; };
  ASSERT_TRUE(eventually(kPatience, ready));
  const auto fence = one("SELECT fence FROM leases");
  const auto over = *parse_rfc3339(
      one("SELECT to_char(expires_at + interval '4 s', 'YYYY-MM-DD\"T\"HH24:MI:SSOF\":00\"') "
          "FROM leases"));
  postgres.kill();
  ASSERT_TRUE(while_results(CheckStatus::up, [&] { return alerts().empty(); }));
  ASSERT_TRUE(eventually(kPatience, [&] { return system_clock().now() > over; }));
  postgres.start();
  EXPECT_TRUE(eventually(kPatience, [&] { return open() == "0"; }));
  EXPECT_EQ(one("SELECT fence FROM leases"), fence);
}

// M-005, M-068: Alertmanager is told without the broker, the letters wait for it.
TEST_F(NotifierProgram, WithoutABrokerAlertsGoOn) {
  auto program = start("1");
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(kPatience, [&] { return letters("FIRING").size() == 1; }));
  around->broker.kill();
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { store::delete_check(tx, check_.id.value); }));
  // Alertmanager may be told before it is stored.
  EXPECT_TRUE(eventually(kPatience, [&] { return alerts().empty() && open() == "0"; }));
  EXPECT_TRUE(letters("RESOLVED").empty());
  around->broker.start();
  EXPECT_TRUE(eventually(kPatience, [&] { return letters("RESOLVED").size() == 1; }));
  EXPECT_EQ(letters("FIRING").size(), 1U);
}

// M-068: a letter outlives the mail server.
TEST_F(NotifierProgram, WithoutAMailServerLettersWait) {
  auto program = start();
  around->mail.kill();
  ASSERT_TRUE(incident_opens());
  EXPECT_TRUE(eventually(kPatience, [&] {
    return testkit::read_file(log_).find("\"queue\":\"jobs.email.high\"") != std::string::npos;
  }));
  EXPECT_EQ(count("deliveries"), "0");
  around->mail.start();
  EXPECT_TRUE(eventually(kPatience, [&] { return letters("FIRING").size() == 1; }));
  EXPECT_TRUE(
      eventually(kPatience, [&] { return count("deliveries WHERE state = 'sent'") == "1"; }));
}

// M-069: one that stood still while others decided learns what they decided before it goes on.
TEST_F(NotifierProgram, OneThatStoodStillKnowsWhatWasDecidedMeanwhile) {
  const auto check_is = [&](const char* state) {
    EXPECT_TRUE(pool_->transact([&](pqxx::work& tx) {
      tx.exec_params0(
          "INSERT INTO check_latest VALUES ($1, now(), $2, now(), $2, 1, 1, 0, '{}', 'default', "
          "now()) "
          "ON CONFLICT (check_id, location) DO UPDATE SET slot = now(), status = $2, "
          "last_status = $2",
          check_.id.str(), state);
    }));
  };
  const auto lease_is_over = [&] { return one("SELECT expires_at < now() FROM leases") == "t"; };
  check_is("up");
  auto first = start();
  ASSERT_TRUE(eventually(kPatience, [&] { return count("leases") == "1"; }));
  ::kill(first->pid(), SIGSTOP);
  auto second = start();
  check_is("down");
  ASSERT_TRUE(eventually(kPatience, [&] { return open() == "1"; }));
  second->kill_hard();
  check_is("up");
  ASSERT_TRUE(eventually(kPatience, lease_is_over));
  ::kill(first->pid(), SIGCONT);
  EXPECT_TRUE(eventually(kPatience, [&] { return open() == "0"; }));
}

// the end of one incident, which is told of for a while, does not end the next one.
TEST_F(NotifierProgram, AnAlertThatComesBackStays) {
  auto program = start("1");
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(kPatience, [&] { return !alerts().empty(); }));
  ASSERT_TRUE(incident_resolves());
  ASSERT_TRUE(eventually(kPatience, [&] { return alerts().empty(); }));
  ASSERT_TRUE(incident_opens());
  // In whatever order they are told.
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
    for (const char* id :
         {"00000000-0000-7000-8000-000000000000", "ffffffff-ffff-7fff-bfff-ffffffffffff"}) {
      tx.exec_params0(
          "INSERT INTO incidents SELECT (jsonb_populate_record(i, jsonb_build_object('id', "
          "$1::text))).* FROM incidents i WHERE resolved_at IS NOT NULL LIMIT 1",
          id);
    }
  }));
  ASSERT_TRUE(eventually(kPatience, [&] { return !alerts().empty(); }));
  std::set<std::string> told;
  bool gone = false;
  EXPECT_TRUE(eventually(kPatience, [&] {
    const auto seen = alerts();
    gone = gone || seen.empty();
    if (!seen.empty()) told.insert(seen[0]["updatedAt"].get<std::string>());
    return gone || told.size() > 3;
  }));
  EXPECT_FALSE(gone);
}

}  // namespace
}  // namespace monitron::notifier
