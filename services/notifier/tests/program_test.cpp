// The built program with a real broker, database, Alertmanager and mail server: what goes wrong is
// told in both places, once, whatever dies.

#include "testkit/program.hpp"

#include "contracts/check_results.hpp"
#include "contracts/telemetry.hpp"
#include "contracts/topology.hpp"
#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "mq/publisher.hpp"
#include "notifier/evaluator.hpp"
#include "store/checks.hpp"
#include "store/rules.hpp"
#include "testkit/alertmanager_server.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/mail_sink.hpp"
#include "testkit/private_broker.hpp"
#include "testkit/servers.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;
using domain::CheckStatus;
using testkit::eventually;
using testkit::header_of;

constexpr auto kPatience = 30s;

// Queues are named alike in every suite: this one must have a broker of its own.
struct Surroundings {
  testkit::PrivateBroker broker;
  testkit::AlertmanagerServer alertmanager;
  testkit::MailSink mail;
};

class NotifierProgram : public testing::Test {
 protected:
  static void TearDownTestSuite() { around_.reset(); }
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    if (!around_) around_ = std::make_unique<Surroundings>();
    url_ = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    pool_.emplace(db::Config{.url = url_, .application_name = "notifier test"});
    const auto broker = mq::parse_endpoint(around_->broker.url());
    ASSERT_TRUE(broker);
    publisher_.emplace(mq::PublisherConfig{
        .endpoint = *broker, .topology = contracts::durable_topology(), .name = "notifier test"});
    const auto tag = Uuid::make().str();
    name_ = "shop " + tag.substr(24);
    log_ = std::filesystem::temp_directory_path() / ("notifier." + tag + ".log");
    check_.id = CheckId::make();
    check_.name = name_;
    check_.target = "http://shop.example/";
    check_.failures_before_down = check_.successes_before_up = 1;
    store::Check row;
    row.id = check_.id.value;
    row.name = name_;
    row.kind = "http";
    row.target = check_.target;
    row.labels = {{"team", "web"}};
    row.failures_before_down = row.successes_before_up = 1;
    ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { store::insert_check(tx, row); }));
  }
  void TearDown() override {
    if (!HasFailure()) std::filesystem::remove(log_);
  }

  std::unique_ptr<testkit::Program> start() {
    return std::make_unique<testkit::Program>(
        "monitron-notifier", std::vector<std::string>{}, log_,
        std::vector<std::string>{
            "DATABASE_URL=" + url_, "RABBITMQ_URL=" + around_->broker.url(),
            // The older path, and a peer that is away.
            "ALERTMANAGER_URL=http://127.0.0.1:9/api/v2/alerts," + around_->alertmanager.url() +
                "/api/v1/alerts",
            "EMAIL_HOST=127.0.0.1", "EMAIL_PORT=" + std::to_string(around_->mail.port()),
            "EMAIL_FROM=Monitron <no-reply@example.com>", "MONITRON_EMAIL_TLS=none",
            "MONITRON_NOTIFIER_EMAIL_TO=ops@example.com",
            "MONITRON_NOTIFIER_PROBES_ADDRESS=127.0.0.1:0"});
  }
  void publish_result(CheckStatus status, const std::string& reason) {
    contracts::CheckResults results;
    const auto now = system_clock().now();
    domain::ProbeOutcome outcome;
    outcome.status = status;
    outcome.reason = reason;
    results.results.push_back(domain::make_result(check_, now, now, outcome));
    EXPECT_TRUE(publisher_->publish_and_wait(
        contracts::to_message(results, contracts::check_key(SourceId{check_.id.value}))));
  }
  void publish_load(const Uuid& instance, double value) {
    contracts::Envelope envelope;
    contracts::Batch batch;
    batch.id.source = SourceId{instance};
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary({{"node_load1", {}}});
    block.series_count = 1;
    block.frames.push_back({to_ms(system_clock().now()), {value}});
    batch.blocks.push_back(block);
    envelope.batches.push_back(batch);
    contracts::Message message;
    message.exchange = contracts::kTelemetryExchange;
    message.routing_key = contracts::metric_key(batch.id.source);
    message.type = contracts::Envelope::contract.type;
    message.message_id = Uuid::make().str();
    message.content_type = "application/x-protobuf";
    message.body = contracts::encode(envelope);
    EXPECT_TRUE(publisher_->publish_and_wait(message));
  }
  // Results go on until `condition` is: as they do, and the program may still be starting.
  bool while_results(CheckStatus status, const std::function<bool()>& condition) {
    auto next = std::chrono::steady_clock::now();
    return eventually(kPatience, [&] {
      if (std::chrono::steady_clock::now() >= next) {
        publish_result(status, "status 500, expected 200-299");
        next = std::chrono::steady_clock::now() + 200ms;
      }
      return condition();
    });
  }
  bool incident_opens() {
    return while_results(CheckStatus::down, [&] { return count("incidents") == "1"; });
  }
  std::vector<nlohmann::json> alerts() { return around_->alertmanager.alerts("check", name_); }
  std::vector<nlohmann::json> letters(const std::string& state) {
    return around_->mail.letters("[" + state + "] " + name_);
  }
  std::string one(const std::string& sql) {
    const auto rows = pool_->transact([&](pqxx::work& tx) { return tx.exec(sql); });
    if (!rows) return rows.error().text;
    return rows->empty() ? "" : (*rows)[0][0].c_str();
  }
  std::string count(const std::string& what) { return one("SELECT count(*) FROM " + what); }

  static std::unique_ptr<Surroundings> around_;
  std::string url_, log_, name_;
  domain::CheckDefinition check_;
  std::optional<db::Pool> pool_;
  std::optional<mq::Publisher> publisher_;
};

std::unique_ptr<Surroundings> NotifierProgram::around_;

// M-001, M-005, M-074, M-110, X-01, X-04.
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
  const auto fires = [&] { return !around_->alertmanager.alerts("alertname", rule.name).empty(); };
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
      kPatience, [&] { return around_->mail.letters("[RESOLVED] " + rule.name).size() == 1; }));
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
  auto program = start();
  ASSERT_TRUE(while_results(CheckStatus::down, [&] { return !alerts().empty(); }));
  around_->alertmanager.kill();
  around_->alertmanager.start();
  EXPECT_TRUE(eventually(90s, [&] { return !alerts().empty(); }));
  // Without its check an alert cannot go on.
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { store::delete_check(tx, check_.id.value); }));
  EXPECT_TRUE(eventually(kPatience, [&] { return alerts().empty(); }));
  EXPECT_TRUE(eventually(kPatience, [&] { return letters("RESOLVED").size() == 1; }));
}

}  // namespace
}  // namespace monitron::notifier
