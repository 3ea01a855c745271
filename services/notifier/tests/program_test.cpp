// The built program: what goes wrong is told in both places, once, whoever decides.

#include "notifier/evaluator.hpp"
#include "program_scene.hpp"
#include "store/rules.hpp"

#include <csignal>

namespace monitron::notifier {
namespace {

// M-001, M-002, M-070, M-074, M-199, X-01, X-04.
TEST_F(NotifierProgram, DownAndUpAgainAreToldInBothPlaces) {
  auto program = start();
  ASSERT_TRUE(while_results(CheckStatus::down, [&] { return !alerts().empty(); }));
  const auto alert = alerts().at(0);
  EXPECT_EQ(alert["labels"]["alertname"], "Check down");
  EXPECT_EQ(alert["labels"]["severity"], "critical");
  EXPECT_EQ(alert["labels"]["team"], "web");
  EXPECT_EQ(alert["annotations"]["description"], "status 500, expected 200-299");
  ASSERT_TRUE(eventually(kPatience, [&] { return letters("FIRING").size() == 1; }));
  const auto first = letters("FIRING").at(0);
  EXPECT_EQ(first["to"], "ops@example.com");
  EXPECT_NE(first["text"].get<std::string>().find("status 500"), std::string::npos);
  EXPECT_EQ(header_of(first, "References"), "");

  ASSERT_TRUE(while_results(CheckStatus::up, [&] { return alerts().empty(); }));
  ASSERT_TRUE(eventually(kPatience, [&] { return letters("RESOLVED").size() == 1; }));
  EXPECT_EQ(header_of(letters("RESOLVED").at(0), "References"), first["message_id"]);
  ASSERT_TRUE(eventually(kPatience,
                         [&] { return count("incident_events WHERE kind = 'notified'") == "2"; }));
  EXPECT_EQ(count("incidents WHERE resolved_at > opened_at"), "1");
  EXPECT_EQ(count("alert_states"), "0");
  EXPECT_EQ(letters("FIRING").size(), 1U);
  EXPECT_EQ(program->terminate(), 0);
}

// M-002.
TEST_F(NotifierProgram, AThresholdFiresAfterItsTimeAndResolves) {
  auto program = start();
  const auto instance = Uuid::make();
  store::Rule rule;
  rule.id = Uuid::make();
  rule.name = "Load " + name_;
  rule.kind = "threshold";
  rule.expr = "node_load1 > 4";
  rule.for_seconds = 2;
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
    tx.exec_params(
        "INSERT INTO instances (id, name, hostname, kind) VALUES ($1, 'a', $2, 'server')",
        instance.str(), "host-" + instance.str());
    store::insert_rule(tx, rule);
  }));
  const auto fires = [&] { return !around->alertmanager.alerts("alertname", rule.name).empty(); };
  const auto told = [&](double value, const std::function<bool()>& condition) {
    auto next = std::chrono::steady_clock::now();
    return eventually(kPatience, [&] {
      if (std::chrono::steady_clock::now() >= next) publish_load(instance, value);
      if (std::chrono::steady_clock::now() >= next) next += 300ms;
      return condition();
    });
  };
  ASSERT_TRUE(told(9, [&] { return count("alert_states WHERE state = 'pending'") == "1"; }));
  EXPECT_FALSE(fires());
  ASSERT_TRUE(told(9, fires));
  EXPECT_EQ(one("SELECT i.opened_at - a.active_since >= interval '2 s' FROM incidents i "
                "JOIN alert_states a ON a.incident_id = i.id"),
            "t");
  ASSERT_TRUE(told(1, [&] { return !fires(); }));
  ASSERT_TRUE(eventually(
      kPatience, [&] { return around->mail.letters("[RESOLVED] " + rule.name).size() == 1; }));
}

// M-002: nobody knows whether a condition held while nobody looked.
TEST_F(NotifierProgram, TimeWithoutANotifierIsNoTimeThatAConditionHeld) {
  store::Rule rule;
  rule.id = Uuid::make();
  rule.name = "Down for an hour " + name_;
  rule.kind = "check_state";
  rule.for_seconds = 3600;
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { store::insert_rule(tx, rule); }));
  const auto is_pending = [&](const std::string& since) {
    return count("alert_states WHERE rule_id = '" + rule.id.str() +
                 "' AND state = 'pending' AND active_since " + since) == "1";
  };
  auto program = start();
  ASSERT_TRUE(while_results(CheckStatus::down, [&] { return is_pending("< now()"); }));
  EXPECT_EQ(program->terminate(), 0);
  // It began two hours ago, and a minute later they all went.
  ASSERT_TRUE(pool_->transact([](pqxx::work& tx) {
    tx.exec(
        "UPDATE alert_states SET active_since = now() - interval '2 h' WHERE state = 'pending'");
    tx.exec("UPDATE leases SET expires_at = now() - interval '119 min'");
  }));
  program = start();
  ASSERT_TRUE(eventually(kPatience, [&] {
    return is_pending("BETWEEN now() - interval '3 min' AND now() - interval '50 s'");
  }));
  ASSERT_TRUE(while_results(CheckStatus::up, [&] { return !is_pending("< now()"); }));
  EXPECT_TRUE(around->alertmanager.alerts("alertname", rule.name).empty());
}

// M-002. Not while ingest is away, which would make all of them silent.
TEST_F(NotifierProgram, ASilentInstanceIsTold) {
  auto program = start();
  const auto instance = Uuid::make().str();
  store::Rule rule;
  rule.id = Uuid::make();
  rule.name = "Silent " + name_;
  rule.kind = "instance_silent";
  rule.for_seconds = 2;
  const auto set = [&](const std::string& sql, const std::string& id) {
    ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { tx.exec_params(sql, id); }));
  };
  set("INSERT INTO instances (id, name, hostname, kind) VALUES ($1, 'a', 'a.example', 'server')",
      instance);
  set("INSERT INTO instance_activity VALUES ($1, now() - interval '1 min')", instance);
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { store::insert_rule(tx, rule); }));
  const auto told = [&] { return !around->alertmanager.alerts("alertname", rule.name).empty(); };
  EXPECT_FALSE(eventually(14s, told));
  set("INSERT INTO program_instances (instance, program, ready, seen_at) "
      "VALUES ($1, 'ingest', true, now() + interval '1 h')",
      Uuid::make().str());
  ASSERT_TRUE(eventually(40s, told));
  const auto alert = around->alertmanager.alerts("alertname", rule.name).at(0);
  EXPECT_EQ(alert["labels"]["instance"], "a.example");
  set("UPDATE instance_activity SET last_seen = now() + interval '1 h' WHERE source_id = $1",
      instance);
  ASSERT_TRUE(eventually(40s, [&] { return !told(); }));
}

TEST_F(NotifierProgram, SeveralNotifiersOpenOneIncidentAndOneTakesOver) {
  auto first = start();
  ASSERT_TRUE(incident_opens());
  auto second = start();
  first->kill_hard();
  ASSERT_TRUE(while_results(CheckStatus::up, [&] { return !letters("RESOLVED").empty(); }));
  EXPECT_EQ(count("incidents"), "1");
  EXPECT_EQ(count("incident_events WHERE kind = 'opened'"), "1");
  EXPECT_EQ(count("incident_events WHERE kind = 'resolved'"), "1");
  ASSERT_TRUE(eventually(kPatience, [&] { return letters("FIRING").size() == 1; }));
  EXPECT_EQ(second->terminate(), 0);
}

// M-068.
TEST_F(NotifierProgram, KilledBeforeTheLetterIsSentItSendsItOnceAfterItsRestart) {
  auto program = start();
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
    tx.exec("LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE");
    ASSERT_TRUE(incident_opens());
    const bool in_the_middle = eventually(kPatience, [&] {
      return count(
                 "pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                 "application_name = 'monitron-notifier' AND datname = current_database()") == "1";
    });
    EXPECT_TRUE(in_the_middle);
    program->kill_hard();
    EXPECT_TRUE(letters("FIRING").empty());
  }));
  program = start();
  ASSERT_TRUE(eventually(kPatience, [&] { return letters("FIRING").size() == 1; }));
  ASSERT_TRUE(while_results(CheckStatus::up, [&] { return !letters("RESOLVED").empty(); }));
  EXPECT_EQ(letters("FIRING").size(), 1U);
  EXPECT_EQ(letters("RESOLVED").size(), 1U);
  EXPECT_EQ(count("incidents"), "1");
}

// What was decided and not sent, because the program died right after the commit, is sent.
TEST_F(NotifierProgram, WhatWasCommittedIsToldAfterAStart) {
  Change change;
  change.change = domain::AlertChange::fired;
  change.at = system_clock().now();
  change.rule.id = *Uuid::parse("00000000-0000-7000-8000-000000000001");
  change.rule.name = "Check down";
  change.rule.severity = "critical";
  change.alert.id = Uuid::make();
  change.alert.rule_id = change.rule.id;
  change.alert.subject = "check:" + check_.id.str();
  change.alert.state = {domain::AlertPhase::firing, change.at};
  change.alert.title = name_ + " is down";
  change.alert.labels = {{"check", name_}};
  change.alert.incident_id = Uuid::make();
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { store_change(tx, change); }));
  auto program = start();
  EXPECT_TRUE(eventually(kPatience, [&] { return letters("FIRING").size() == 1; }));
  EXPECT_TRUE(eventually(kPatience, [&] { return !alerts().empty(); }));
}

// M-074, X-03.
TEST_F(NotifierProgram, AnAlertmanagerThatForgotIsToldAgain) {
  auto program = start("2");
  ASSERT_TRUE(while_results(CheckStatus::down, [&] { return !alerts().empty(); }));
  around->alertmanager.kill();
  around->alertmanager.start();
  EXPECT_TRUE(eventually(kPatience, [&] { return !alerts().empty(); }));
  // Without its check an alert cannot go on.
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { store::delete_check(tx, check_.id.value); }));
  EXPECT_TRUE(eventually(kPatience, [&] { return alerts().empty(); }));
  EXPECT_TRUE(eventually(kPatience, [&] { return letters("RESOLVED").size() == 1; }));
}

}  // namespace
}  // namespace monitron::notifier
