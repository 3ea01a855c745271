// What Alertmanager is told of incidents as they are stored, and as they are known here.

#include "db/migrations.hpp"
#include "notifier/alertmanager.hpp"
#include "notifier/evaluator.hpp"
#include "testkit/alertmanager_server.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/servers.hpp"
#include "testkit/webhook_sink.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;
using domain::AlertChange;
using testkit::eventually;

class Telling : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    const auto url = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url, db::built_in_migrations()));
    pool_.emplace(db::Config{.url = url, .application_name = "notifier test"});
    change_.alert.id = Uuid::make();
    change_.alert.incident_id = Uuid::make();
    change_.alert.subject = "check:x";
    change_.alert.labels = {{"check", "shop"}};
    change_.rule.id = change_.alert.rule_id = Uuid::make();
    change_.rule.name = "Check down";
    change_.rule.severity = "critical";
    change_.at = system_clock().now();
    change_.alert.state = {domain::AlertPhase::firing, change_.at};
    store(AlertChange::fired);
    peer_.emplace(testkit::AlertmanagerServer::telling(pager_.url()));
    alertmanager_.emplace(
        AlertmanagerConfig{.peers = {alertmanager::Client({.url = peer_->url()}, {})},
                           .public_url = "",
                           .resend = 1s},
        *pool_, metrics_, system_clock(),
        Alertmanager::Decided{.firing =
                                  [this] {
                                    const auto firing = firing_;
                                    if (const auto then = std::exchange(once_looked_, {})) then();
                                    return std::optional(firing);
                                  },
                              .term = [] { return std::optional<std::uint64_t>(1); },
                              .able = [] { return true; }});
  }
  void store(AlertChange change) {
    change_.change = change;
    const auto message = pool_->transact([&](pqxx::work& tx) { return store_change(tx, change_); });
    ASSERT_TRUE(message && *message);
    stored_ = **message;
    firing_.clear();
    if (change == AlertChange::fired) firing_.push_back(stored_);
  }
  void run(const std::string& sql) {
    ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { tx.exec0(sql); }));
  }
  bool noted(const std::string& what) {
    alertmanager_->note_accepted();
    return !pool_
                ->transact(
                    [&](pqxx::work& tx) { return tx.exec("SELECT FROM deliveries WHERE " + what); })
                ->empty();
  }
  bool told_eventually(const std::string& status) {
    return eventually(30s, [&] {
      alertmanager_->tick(true);
      return !pager_.told(status, "check", "shop").empty();
    });
  }

  std::optional<db::Pool> pool_;
  service::Metrics metrics_;
  Change change_;
  contracts::AlertChanged stored_;
  std::vector<contracts::AlertChanged> firing_;  // as far as is decided here
  std::function<void()> once_looked_;            // happens right after that was looked at
  testkit::WebhookSink pager_;
  std::optional<testkit::AlertmanagerServer> peer_;
  std::optional<Alertmanager> alertmanager_;
};

// PostgreSQL is back, and what was decided without it is not stored yet.
TEST_F(Telling, AnEndThatIsNotStoredYetIsNotTakenBack) {
  firing_.clear();
  alertmanager_->tick(true);
  ASSERT_TRUE(eventually(30s, [&] { return !peer_->alerts("alertname", "Watchdog").empty(); }));
  EXPECT_TRUE(peer_->alerts("check", "shop").empty());
}

// X-03, M-074: what was looked up to be told as a whole is older than the end told meanwhile.
TEST_F(Telling, AnEndToldWhileAllIsLookedUpIsNotTakenBack) {
  ASSERT_TRUE(told_eventually("firing"));
  once_looked_ = [&] {
    change_.at = system_clock().now();
    store(AlertChange::resolved);
    alertmanager_->tell(stored_);
    ASSERT_TRUE(eventually(30s, [&] { return !pager_.told("resolved", "check", "shop").empty(); }));
  };
  const auto told_at = [&] {
    return peer_->alerts("alertname", "Watchdog").at(0)["updatedAt"].get<std::string>();
  };
  const auto before = told_at();
  alertmanager_->tell_all_soon();
  alertmanager_->tick(true);
  ASSERT_FALSE(once_looked_);
  ASSERT_TRUE(eventually(30s, [&] { return told_at() != before; })) << "in one with all the others";
  EXPECT_TRUE(peer_->alerts("check", "shop").empty()) << "fires again";
}

// X-03, F25: for as long as the peer was away.
TEST_F(Telling, AnEndIsToldUntilItIsTakenADayAtMost) {
  ASSERT_TRUE(told_eventually("firing"));
  ASSERT_TRUE(eventually(30s, [&] { return noted("transition = 1"); }));
  change_.at = system_clock().now();
  store(AlertChange::resolved);
  run("UPDATE incidents SET opened_at = opened_at - interval '5 h', "
      "resolved_at = resolved_at - interval '4 h'");
  const auto known = [&] {
    return pool_
        ->transact([](pqxx::work& tx) {
          return store::current_incidents(tx, system_clock().now() - 15min);
        })
        ->size();
  };
  EXPECT_EQ(known(), 1U);
  ASSERT_TRUE(told_eventually("resolved"));
  ASSERT_TRUE(eventually(30s, [&] { return noted("transition = 2"); }));
  EXPECT_EQ(known(), 0U);
  run("DELETE FROM deliveries WHERE transition = 2");
  EXPECT_EQ(known(), 1U);
  run("UPDATE incidents SET resolved_at = resolved_at - interval '1 day', "
      "opened_at = opened_at - interval '1 day'");
  EXPECT_EQ(known(), 0U);
}

}  // namespace
}  // namespace monitron::notifier
