// State, incident and message in one transaction, once, whoever decides.

#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "notifier/evaluator.hpp"
#include "notifier/mailer.hpp"
#include "store/alert_decisions.hpp"
#include "store/incident_views.hpp"
#include "store/outbox.hpp"
#include "testkit/database.hpp"
#include "testkit/scripted_smtp.hpp"
#include "testkit/servers.hpp"

#include <future>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::notifier {
namespace {

using domain::AlertChange;
using namespace std::chrono_literals;

class Remembering : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    url_ = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    pool_.emplace(db::Config{.url = url_, .application_name = "notifier test"});
    change_.alert.id = Uuid::make();
    change_.alert.incident_id = Uuid::make();
    change_.alert.subject = "check:x";
    change_.alert.title = "shop is down";
    change_.alert.text = "status 500";
    change_.alert.labels = {{"check", "shop"}};
    change_.rule.id = change_.alert.rule_id = Uuid::make();
    change_.rule.name = "Check down";
    change_.rule.severity = "critical";
    change_.at = from_ms(1'700'000'000'000);
  }
  void store(AlertChange change, int second) {
    auto copy = change_;
    copy.change = change;
    copy.at = change_.at + std::chrono::seconds(second);
    copy.alert.state = {
        change == AlertChange::fired ? domain::AlertPhase::firing : domain::AlertPhase::pending,
        copy.at};
    const auto done = pool_->transact([&](pqxx::work& tx) { store_change(tx, copy); });
    ASSERT_TRUE(done) << done.error().text;
  }
  std::string one(const std::string& sql) {
    return *pool_->transact([&](pqxx::work& tx) { return std::string(tx.exec1(sql)[0].c_str()); });
  }
  contracts::AlertChanged message(int index) {
    return *contracts::decode_alert_changed(
        one("SELECT convert_from(body, 'UTF8') FROM notifier_outbox ORDER BY id OFFSET " +
            std::to_string(index) + " LIMIT 1"));
  }

  std::string url_;
  std::optional<db::Pool> pool_;
  Change change_;
};

TEST_F(Remembering, AnIncidentOpensAndResolvesOnce) {
  store(AlertChange::pending, 0);
  EXPECT_EQ(one("SELECT state FROM alert_states"), "pending");
  store(AlertChange::fired, 5);
  EXPECT_EQ(one("SELECT state FROM alert_states"), "firing");
  store(AlertChange::resolved, 9);
  store(AlertChange::resolved, 10);  // told again
  EXPECT_EQ(one("SELECT count(*) FROM alert_states"), "0");
  EXPECT_EQ(one("SELECT count(*) FROM incident_events"), "2");
  EXPECT_EQ(one("SELECT count(*) FROM notifier_outbox"), "2");
  EXPECT_EQ(message(1).starts_at, change_.at + std::chrono::seconds(5));
  EXPECT_EQ(message(1).incident_id, message(0).incident_id);
  EXPECT_FALSE(message(1).firing);
}

TEST_F(Remembering, AnIncidentSaysWhatIsSoNow) {
  store(AlertChange::fired, 0);
  change_.alert.text = "refused";
  store(AlertChange::retold, 20);
  EXPECT_EQ(one("SELECT text FROM incidents"), "refused");
  EXPECT_EQ(one("SELECT text FROM alert_states"), "refused");
  EXPECT_EQ(one("SELECT count(*) FROM notifier_outbox"), "1") << "nobody is written to again";
}

TEST_F(Remembering, EachDecisionIsKeptWithItsChange) {
  store(AlertChange::pending, 0);
  store(AlertChange::fired, 5);
  store(AlertChange::retold, 20);  // no worse, no better: nothing was decided
  change_.rule.severity = "warning";
  store(AlertChange::retold, 30);
  store(AlertChange::resolved, 40);
  store(AlertChange::pending, 50);  // begins anew
  store(AlertChange::cleared, 55);
  const auto decided = [&](int second) {
    std::string changes;
    const auto until = change_.at + std::chrono::seconds(second);
    const auto decisions = *pool_->transact(
        [&](pqxx::work& tx) { return store::decisions_of(tx, change_.alert.id, until); });
    for (const auto& one : decisions) {
      changes += one.change + " ";
    }
    return changes;
  };
  EXPECT_EQ(decided(5), "pending fired retold resolved ");
  EXPECT_EQ(decided(60), "pending cleared ");
  EXPECT_EQ(one("SELECT string_agg(kind, ' ' ORDER BY id) FROM incident_events"),
            "opened retold resolved");
  EXPECT_EQ(one("SELECT severity FROM incidents"), "critical") << "by which it is known";
}

// The one that lost the lease has opened the incident; the next one decides the same again.
TEST_F(Remembering, TwoThatDecideOpenOneIncidentAndEitherResolvesIt) {
  store(AlertChange::fired, 0);
  change_.alert.incident_id = Uuid::make();
  store(AlertChange::fired, 1);
  EXPECT_EQ(one("SELECT count(*) FROM incidents"), "1");
  EXPECT_EQ(one("SELECT count(*) FROM notifier_outbox"), "1");
  store(AlertChange::resolved, 2);
  EXPECT_EQ(one("SELECT count(*) FROM incidents WHERE resolved_at IS NULL"), "0");
  EXPECT_EQ(message(1).incident_id, message(0).incident_id);
}

// Alertmanager knows it by its labels.
TEST_F(Remembering, ItEndsByTheNameThatItBeganWith) {
  store(AlertChange::fired, 0);
  change_.rule.name = "Renamed";
  change_.rule.severity = "info";
  change_.alert.labels = {{"check", "another"}};
  store(AlertChange::resolved, 1);
  EXPECT_EQ(message(1).rule_name, "Check down");
  EXPECT_EQ(message(1).severity, "critical");
  EXPECT_EQ(message(1).labels, message(0).labels);
}

TEST_F(Remembering, AlertmanagerIsToldOfOpenAndRecentOnes) {
  store(AlertChange::fired, 0);
  const auto known = [&](int seconds) {
    return pool_
        ->transact([&](pqxx::work& tx) {
          return store::current_incidents(tx, change_.at + std::chrono::seconds(seconds));
        })
        ->size();
  };
  EXPECT_EQ(known(1000), 1u);  // open: however old
  store(AlertChange::resolved, 10);
  EXPECT_EQ(known(9), 1u);
  EXPECT_EQ(known(11), 0u);
}

TEST_F(Remembering, EachRecipientIsAskedForOnce) {
  service::Metrics metrics;
  Mailer mailer({std::nullopt,
                 *mail::parse_address("m@example.com"),
                 {"a@example.com", "b@example.com"},
                 "http://ui"},
                *pool_, metrics, system_clock(), [](const auto&) { return std::nullopt; });
  store(AlertChange::fired, 0);
  mq::Delivery delivery;
  delivery.message = contracts::to_message(message(0));
  ASSERT_TRUE(mailer.take_alert(delivery));
  ASSERT_TRUE(mailer.take_alert(delivery));  // delivered again
  EXPECT_EQ(one("SELECT count(*) FROM notifier_outbox WHERE type = 'alert_email.requested'"), "2");
  // Without a mail server the letter is recorded as failed, where people see it.
  mq::Delivery letter;
  letter.message.body = one(
      "SELECT convert_from(body, 'UTF8') FROM notifier_outbox WHERE type = 'alert_email.requested' "
      "ORDER BY id LIMIT 1");
  ASSERT_TRUE(mailer.take_letter(letter));
  EXPECT_EQ(one("SELECT state FROM deliveries"), "failed");
  EXPECT_NE(one("SELECT text FROM incident_events WHERE kind = 'notified'").find("EMAIL_HOST"),
            std::string::npos);
}

class Sending : public Remembering {
 protected:
  void SetUp() override {
    Remembering::SetUp();
    contracts::EmailRequested email;
    email.delivery_key = "a letter";
    email.to = "ops@example.com";
    delivery_.message.attempt = 1;
    delivery_.message.body = contracts::encode(email);
  }
  Mailer& mailer_at(const testkit::ScriptedSmtp& server, std::chrono::seconds timeout = 60s,
                    db::Pool* pool = nullptr) {
    mail::Server there{.host = "127.0.0.1", .port = server.port(), .timeout = timeout};
    there.encryption = mail::Encryption::none;
    return mailer_.emplace(
        MailerConfig{there, *mail::parse_address("m@example.com"), {}, "http://ui"},
        pool == nullptr ? *pool_ : *pool, metrics_, system_clock(),
        [](const auto&) { return std::nullopt; });
  }

  service::Metrics metrics_;
  mq::Delivery delivery_;
  std::optional<Mailer> mailer_;
};

// M-068.
TEST_F(Sending, ALetterIsSentOnceThoughItsNoteIsLost) {
  // PostgreSQL drops the connection after the mail server has taken the letter.
  db::Pool other(db::Config{.url = url_, .application_name = "killer"});
  const testkit::ScriptedSmtp server([&](const std::string& command, const std::string&) {
    if (command == "END") {
      EXPECT_TRUE(other.transact([](pqxx::work& tx) {
        tx.exec(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
            "application_name = 'notifier test' AND datname = current_database()");
      }));
    }
    return std::string();
  });
  auto& mailer = mailer_at(server);
  (void)mailer.take_letter(delivery_);
  ASSERT_TRUE(mailer.take_letter(delivery_));  // as it is tried again
  ASSERT_TRUE(mailer.take_letter(delivery_));
  EXPECT_EQ(server.letters().size(), 1U);
  EXPECT_EQ(one("SELECT state FROM deliveries"), "sent");
}

TEST_F(Sending, TwoDoNotSendTheSameLetter) {
  Result<void> second;
  const testkit::ScriptedSmtp server([&](const std::string& command, const std::string&) {
    if (command == "DATA") second = mailer_->take_letter(delivery_);
    return std::string();
  });
  auto& mailer = mailer_at(server);
  EXPECT_TRUE(mailer.take_letter(delivery_));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().fault, Fault::busy);
  EXPECT_TRUE(mailer.take_letter(delivery_));
  EXPECT_EQ(server.letters().size(), 1U);
}

// F6: however long that lasts.
TEST_F(Sending, WithoutItsDatabaseALetterIsNotTried) {
  db::Pool away({.url = "postgres://nobody@127.0.0.1:1/none", .application_name = "away"});
  const testkit::ScriptedSmtp server([](const auto&, const auto&) { return std::string(); });
  auto& mailer = mailer_at(server, 60s, &away);
  auto taken = std::async(std::launch::async, [&] { return mailer.take_letter(delivery_); });
  EXPECT_EQ(taken.wait_for(2s), std::future_status::timeout) << "it waits";
  mailer.stop_waiting();
  const auto done = taken.get();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::busy) << done.error().text;
  EXPECT_TRUE(server.letters().empty());
}

// F24: given up for now, it is free for the next try.
TEST_F(Sending, ALetterThatTakesTooLongIsTriedAgain) {
  std::atomic<int> tries{0};
  const testkit::ScriptedSmtp server(
      [&](const std::string& command, const std::string&) -> std::string {
        return command == "MAIL" && ++tries == 1 ? "slow 250 well" : "";
      });
  auto& mailer = mailer_at(server, 2s);
  const auto first = mailer.take_letter(delivery_);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().fault, Fault::timeout);
  EXPECT_TRUE(mailer.take_letter(delivery_));
  EXPECT_EQ(server.letters().size(), 1U);
  EXPECT_EQ(one("SELECT state FROM deliveries"), "sent");
  EXPECT_EQ(one("SELECT count(*) FROM delivery_claims"), "0");
}

TEST_F(Sending, AfterItsLastTryALetterIsNotedAsFailed) {
  const testkit::ScriptedSmtp server(
      [](const std::string& command, const std::string&) -> std::string {
        return command == "RCPT" ? "450 later" : "";
      });
  auto& mailer = mailer_at(server);
  EXPECT_FALSE(mailer.take_letter(delivery_));
  EXPECT_EQ(one("SELECT count(*) FROM deliveries"), "0");
  delivery_.message.attempt = kLetterAttempts;
  EXPECT_TRUE(mailer.take_letter(delivery_));
  EXPECT_EQ(one("SELECT state FROM deliveries"), "failed");
}

}  // namespace
}  // namespace monitron::notifier
