#include "store/notifications.hpp"

#include "fixture.hpp"
#include "store/alert_decisions.hpp"
#include "store/alerts.hpp"
#include "store/old_rows.hpp"

#include <random>

namespace monitron::store {
namespace {

using namespace std::chrono_literals;

class Notifications : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (!pool_) return;
    user_ =
        one("INSERT INTO users (id, email, name, password_hash, role) VALUES "
            "(gen_random_uuid(), 'a@example.com', 'a', '$2b$x', 'admin') RETURNING id");
  }
  std::string one(const std::string& sql) {
    const auto rows = in_transaction([&](pqxx::work& tx) { return tx.exec(sql); });
    if (!rows) return rows.error().text;
    return rows->empty() ? "" : (*rows)[0][0].c_str();
  }
  Uuid made(const std::string& sql) {
    const auto text = one(sql);
    const auto id = Uuid::parse(text);
    EXPECT_TRUE(id) << text;
    return id.value_or(Uuid{});
  }
  Uuid channel() {
    return made(
        "INSERT INTO channels (id, user_id, name, kind, target, secret) VALUES "
        "(gen_random_uuid(), '" +
        user_ + "', 'hook', 'webhook', 'https://hook.example/', '') RETURNING id");
  }
  Uuid incident() {
    return made(
        "INSERT INTO incidents (id, alert_id, rule_id, rule_name, title, text, severity, labels, "
        "annotations, value, opened_at) VALUES (gen_random_uuid(), gen_random_uuid(), "
        "gen_random_uuid(), 'r', 't', '', 'warning', '{}', '{}', 0, now()) RETURNING id");
  }
  Notification about(const Uuid& channel, const std::optional<Uuid>& incident,
                     const std::string& kind = "fired") {
    Notification one;
    one.key = Uuid::make().str();
    one.channel_id = channel;
    one.incident_id = incident;
    one.kind = kind;
    one.content = "{}";
    one.created_at = now_;
    return one;
  }
  void add(const Notification& one, bool into_digest = false) {
    ASSERT_TRUE(
        in_transaction([&](pqxx::work& tx) { add_notification(tx, one, into_digest, now_); }));
  }
  std::vector<std::string> claim() {
    const auto claimed =
        *in_transaction([&](pqxx::work& tx) { return claim_notifications(tx, now_, now_ + 30s); });
    std::vector<std::string> keys;
    for (const auto& due : claimed) keys.push_back(due.key);
    return keys;
  }
  void sent(const std::string& key) {
    ASSERT_TRUE(in_transaction([&](pqxx::work& tx) { end_notification(tx, key, true, ""); }));
  }
  using Keys = std::vector<std::string>;

  std::string user_;
  const Instant now_ = system_clock().now();
};

TEST_F(Notifications, OneAtATimePerChannelAndOfAnIncidentInOrder) {
  const auto hook = channel();
  const auto other = channel();
  const auto shop = incident();
  const auto fired = about(hook, shop);
  const auto resolved = about(hook, shop, "resolved");
  const auto elsewhere = about(other, shop);
  add(fired);
  add(resolved);
  add(elsewhere);
  auto claimed = claim();
  std::sort(claimed.begin(), claimed.end());
  Keys expected{fired.key, elsewhere.key};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(claimed, expected);
  EXPECT_EQ(claim(), Keys{});
  sent(fired.key);
  EXPECT_EQ(claim(), Keys{resolved.key});
}

// Nobody hears of an end before they heard of the beginning, which may be tried for hours.
TEST_F(Notifications, AnEndWaitsForNoDigestWhileItsBeginningIsOnItsWay) {
  const auto hook = channel();
  const auto shop = incident(), mill = incident();
  const auto fired = about(hook, shop);
  const auto over = about(hook, shop, "resolved"), other = about(hook, mill, "resolved");
  add(fired);
  add(over, true);
  add(other, true);
  const auto waiting = [&] {
    const auto found =
        in_transaction([&](pqxx::work& tx) { return waiting_for_digest(tx, hook, 9); });
    Keys keys;
    for (const auto& one : *found) keys.push_back(one.key);
    return keys;
  };
  EXPECT_EQ(waiting(), Keys{other.key});
  sent(fired.key);
  EXPECT_EQ(waiting(), (Keys{over.key, other.key}));
}

TEST_F(Notifications, TheEndBeforeANewBeginningIsToldFirst) {
  const auto hook = channel();
  const auto first = incident(), second = incident(), other = incident();
  run("UPDATE incidents SET resolved_at = now() WHERE id = '" + first.str() + "'");
  run("UPDATE incidents SET alert_id = (SELECT alert_id FROM incidents WHERE id = '" + first.str() +
      "') WHERE id = '" + second.str() + "'");
  const auto over = about(hook, first, "resolved"), elsewhere = about(hook, other, "resolved");
  add(over, true);
  add(elsewhere, true);
  const auto again = about(hook, second);
  ASSERT_TRUE(in_transaction([&](pqxx::work& tx) { tell_end_before(tx, again, now_); }));
  add(again);
  EXPECT_EQ(claim(), Keys{over.key});
  sent(over.key);
  EXPECT_EQ(claim(), Keys{again.key});
  EXPECT_EQ(one("SELECT state FROM notifications WHERE key = '" + elsewhere.key + "'"), "waiting");
}

TEST_F(Notifications, AReminderKeepsNoEndWaiting) {
  const auto hook = channel();
  const auto shop = incident();
  add(about(hook, shop, "reminder"), true);
  ASSERT_TRUE(in_transaction([&](pqxx::work& tx) { drop_reminders(tx, shop); }));
  const auto over = about(hook, shop, "resolved");
  add(over);
  EXPECT_EQ(claim(), Keys{over.key});
}

// What was held counts from when it is told; what was told to nobody counts not at all.
TEST_F(Notifications, WhatWasToldLatelyIsCountedByKind) {
  const auto hook = channel();
  auto held = about(hook, incident());
  held.created_at = now_ - 1h;
  ASSERT_TRUE(in_transaction([&](pqxx::work& tx) { hold_notification(tx, held, now_, "quiet"); }));
  const auto silenced = about(hook, incident());
  add(silenced);
  run("UPDATE notifications SET state = 'suppressed' WHERE key = '" + silenced.key + "'");
  add(about(hook, incident(), "resolved"));
  const auto lately = [&](const std::string& kind) {
    return in_transaction([&](pqxx::work& tx) { return told_lately(tx, hook, kind, now_ - 300s); })
        ->count;
  };
  EXPECT_EQ(lately("fired"), 0);
  EXPECT_EQ(lately("resolved"), 1);
  ASSERT_TRUE(
      in_transaction([&](pqxx::work& tx) { release_held(tx, held.key, now_, false, now_); }));
  EXPECT_EQ(lately("fired"), 1);
}

// A digest that nobody takes keeps back what it tells of, and nothing else.
TEST_F(Notifications, ADigestThatIsNotTakenHoldsUpItsOwnIncidentsAlone) {
  const auto hook = channel();
  const auto shop = incident();
  const auto member = about(hook, shop);
  add(member, true);
  const auto digest = about(hook, std::nullopt, "digest");
  add(digest);
  ASSERT_TRUE(in_transaction([&](pqxx::work& tx) { put_into_digest(tx, {member}, digest.key); }));
  EXPECT_EQ(claim(), Keys{digest.key});
  ASSERT_TRUE(in_transaction(
      [&](pqxx::work& tx) { retry_notification(tx, digest.key, now_ + 600s, "HTTP 500"); }));
  add(about(hook, shop, "resolved"));
  EXPECT_EQ(claim(), Keys{});
  const auto another = about(hook, incident());
  add(another);
  EXPECT_EQ(claim(), Keys{another.key});
}

// However much waits in one channel, the next of each is found by an index.
TEST_F(Notifications, AChannelInWhichMuchWaitsHoldsUpNobody) {
  const auto full = channel();
  ASSERT_EQ(one("INSERT INTO notifications (key, channel_id, incident_id, kind, state, content, "
                "created_at, next_at) SELECT 'k' || n, '" +
                full.str() +
                "', gen_random_uuid(), 'fired', 'pending', '{}', now(), now() - interval '1 s' "
                "FROM generate_series(1, 20000) n RETURNING 'made'"),
            "made");
  const auto hook = channel();
  const auto page = about(hook, incident());
  add(page);
  ASSERT_TRUE(in_transaction([](pqxx::work& tx) { tx.exec("ANALYZE notifications"); }));
  // All pairs of them would take a minute.
  const auto claimed = in_transaction([&](pqxx::work& tx) {
    tx.exec0("SET LOCAL statement_timeout = '2s'");
    return claim_notifications(tx, now_ + 60s, now_ + 90s);
  });
  ASSERT_TRUE(claimed) << claimed.error().text;
  ASSERT_EQ(claimed->size(), 2U);
  EXPECT_TRUE(claimed->at(0).key == page.key || claimed->at(1).key == page.key);
}

// Those that were looked at give way to those that were not.
TEST_F(Notifications, AllThatIsHeldIsLookedAt) {
  const auto hook = channel();
  std::set<std::string> all;
  for (int i = 0; i < 5; ++i) {
    const auto held = about(hook, incident());
    all.insert(held.key);
    ASSERT_TRUE(in_transaction(
        [&](pqxx::work& tx) { hold_notification(tx, held, now_ - 10s, "silenced"); }));
  }
  std::set<std::string> seen;
  for (int pass = 0; pass < 3; ++pass) {
    ASSERT_TRUE(in_transaction([&](pqxx::work& tx) {
      for (const auto& held : due_held(tx, now_, 2)) {
        seen.insert(held.key);
        hold_on(tx, held.key, now_ - 1s);  // due again by the next pass
      }
    }));
  }
  EXPECT_EQ(seen, all);
}

TEST_F(Notifications, OnlyWhoIsToBeRemindedNowIsNamed) {
  const auto patient = channel();
  const auto hasty = channel();
  const auto shop = incident();
  const auto acknowledged = incident();
  for (const auto& told : {about(patient, shop), about(hasty, shop), about(hasty, acknowledged)}) {
    add(told);
    one("UPDATE notifications SET state = 'sent' WHERE key = '" + told.key + "'");
  }
  const auto words = *in_transaction([&](pqxx::work& tx) {
    return last_words(tx, {{patient, 3600s}, {hasty, 60s}}, {acknowledged}, now_ + 61s, 100);
  });
  ASSERT_EQ(words.size(), 1U);
  EXPECT_EQ(words[0].channel_id, hasty);
  EXPECT_EQ(words[0].incident_id, shop);
  EXPECT_EQ(words[0].reminders, 0);
}

TEST_F(Notifications, WhatIsOldIsDroppedInPieces) {
  const auto made =
      one("INSERT INTO notifications (key, channel_id, kind, state, content, created_at) SELECT "
          "'k' || n, gen_random_uuid(), 'test', 'sent', '{}', now() - (n % 2) * interval '91 days' "
          "FROM generate_series(1, 20000) n RETURNING 'made'");
  ASSERT_EQ(made, "made");
  const auto drop = [&] { return *in_transaction(drop_old_notifications); };
  EXPECT_EQ(drop(), kDroppedAtOnce);
  EXPECT_EQ(drop(), kDroppedAtOnce);
  EXPECT_EQ(drop(), 0);
  EXPECT_EQ(one("SELECT count(*) FROM notifications"), "10000");
}

// A condition that came and went before anybody was told is of interest for a day.
TEST_F(Notifications, WhatWasNeverToldIsForgottenSooner) {
  const auto note = [&](const Uuid& alert, const std::string& change, std::chrono::hours ago) {
    AlertDecision decision;
    decision.alert_id = alert;
    decision.rule_id = Uuid::make();
    decision.at = now_ - ago;
    decision.change = change;
    ASSERT_TRUE(in_transaction([&](pqxx::work& tx) { note_decision(tx, decision); }));
  };
  const auto nervous = Uuid::make();
  const auto trouble = Uuid::make();
  for (const int day : {3, 2}) {
    note(nervous, "pending", std::chrono::hours(24 * day));
    note(trouble, day == 3 ? "pending" : "fired", std::chrono::hours(24 * day));
    note(nervous, "cleared", std::chrono::hours(24 * day - 1));
  }
  note(nervous, "pending", 2h);
  note(nervous, "cleared", 1h);
  note(trouble, "resolved", 1h);
  EXPECT_EQ(*in_transaction(drop_unheard_decisions), 4);
  EXPECT_EQ(one("SELECT count(*) FROM alert_decisions WHERE alert_id = '" + nervous.str() + "'"),
            "2");
  EXPECT_EQ(one("SELECT count(*) FROM alert_decisions WHERE alert_id = '" + trouble.str() + "'"),
            "3");
}

// Labels may be long, and what cannot be compressed is a key of no btree.
TEST_F(Notifications, AnAlertMayBeAboutAnythingHoweverLong) {
  Alert alert;
  alert.id = Uuid::make();
  alert.rule_id = Uuid::make();
  std::mt19937 random(7);
  alert.state.phase = domain::AlertPhase::firing;
  for (int i = 0; i < 20'000; ++i) alert.subject += static_cast<char>('!' + random() % 90);
  const auto stored = in_transaction([&](pqxx::work& tx) { put_alert(tx, alert); });
  EXPECT_TRUE(stored) << stored.error().text;
}

}  // namespace
}  // namespace monitron::store
