// The built program tells people of what they subscribed to, in their channels.

#include "base/bytes.hpp"
#include "channels_scene.hpp"
#include "store/rules.hpp"

namespace monitron::notifier {
namespace {

// M-033, C-047, S16.
TEST_F(SubscribedProgram, AWebhookIsToldOfBeginningAndEndSigned) {
  const auto user = make_user("a");
  const auto hook = channel(user, "webhook", hooks_.url("/a"));
  subscribe(hook, [](auto& one) { one.selector = {{"team", "web"}}; });
  const auto other = channel(user, "webhook", hooks_.url("/other"));
  subscribe(other, [](auto& one) { one.selector = {{"team", "mail"}}; });
  auto program = start();
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(become("/a", "fired "));
  ASSERT_TRUE(incident_resolves());
  ASSERT_TRUE(become("/a", "fired resolved "));
  const auto call = hooks_.calls("/a").at(0);
  const auto key = hook.id.str() + "." + one("SELECT id FROM incidents") + ".1";
  EXPECT_EQ(call.header("idempotency-key"), key);
  const auto time = call.header("x-monitron-timestamp");
  EXPECT_EQ(call.header("x-monitron-signature"),
            "t=" + time + ",v1=" + to_hex(hmac_sha256("hook secret", time + "." + call.body)));
  EXPECT_EQ(events("/a").at(0)["alerts"][0]["labels"]["team"], "web");
  EXPECT_TRUE(hooks_.calls("/other").empty());
  EXPECT_TRUE(eventually(kPatience, [&] {
    return count("deliveries WHERE channel = 'webhook' AND state = 'sent'") == "2";
  }));
  EXPECT_EQ(testkit::read_file(log_).find("hook secret"), std::string::npos);
  EXPECT_EQ(program->terminate(), 0);
}

// M-072: what is silenced is silent everywhere; it is told when the silence is over and it goes on.
TEST_F(SubscribedProgram, ASilenceKeepsLettersAndWebhooksToo) {
  subscribe(channel(make_user("a"), "webhook", hooks_.url("/a")));
  const auto id = silence(around->alertmanager.url());
  auto program = start();
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(
      kPatience, [&] { return state_of("fired") == "held" && count("held_letters") == "1"; }));
  EXPECT_EQ(count("deliveries WHERE state = 'suppressed' AND channel IN ('email', 'webhook') "
                  "AND detail LIKE 'silenced by ann until %: new disks'"),
            "2");
  EXPECT_TRUE(hooks_.taken("/a").empty());
  EXPECT_TRUE(letters("FIRING").empty());
  const alertmanager::Client client({.url = around->alertmanager.url()}, {});
  ASSERT_TRUE(client.expire_silence(id));
  run("NOTIFY silences_changed");
  ASSERT_TRUE(become("/a", "fired "));
  ASSERT_TRUE(eventually(kPatience, [&] { return letters("FIRING").size() == 1; }));
  ASSERT_TRUE(incident_resolves());
  ASSERT_TRUE(become("/a", "fired resolved "));
  ASSERT_TRUE(eventually(kPatience, [&] { return letters("RESOLVED").size() == 1; }));
  EXPECT_EQ(letters("FIRING").size(), 1U);
}

// M-072.
TEST_F(SubscribedProgram, WhatBeginsAndEndsInSilenceIsToldToNobody) {
  subscribe(channel(make_user("a"), "webhook", hooks_.url("/a")));
  silence(around->alertmanager.url());
  auto program = start();
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(
      kPatience, [&] { return state_of("fired") == "held" && count("held_letters") == "1"; }));
  ASSERT_TRUE(incident_resolves());
  ASSERT_TRUE(eventually(kPatience, [&] {
    return state_of("fired") == "suppressed" && count("held_letters") == "0" &&
           count("notifier_outbox WHERE sent_at IS NULL") == "0";
  }));
  EXPECT_TRUE(hooks_.taken("/a").empty());
  EXPECT_TRUE(letters("FIRING").empty());
  EXPECT_TRUE(letters("RESOLVED").empty());
}

// M-033: a dead and a silent receiver hold up nobody; what is refused for now comes again, the
// same.
TEST_F(SubscribedProgram, OneThatIsDeadOrSlowHoldsUpNobody) {
  const auto user = make_user("a");
  hooks_.answer("/silent", 0);
  hooks_.answer("/busy", 503);
  hooks_.answer("/gone", 410);
  hooks_.redirect("/moved", hooks_.url("/a"));
  for (const char* path : {"/silent", "/busy", "/gone", "/moved"}) {
    subscribe(channel(user, "webhook", hooks_.url(path)));
  }
  subscribe(channel(user, "webhook", "http://127.0.0.1:9/"));
  subscribe(channel(user, "webhook", "http://169.254.169.254/latest/meta-data"));
  subscribe(channel(user, "webhook", hooks_.url("/good")));
  auto program = start();
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(become("/good", "fired "));
  const auto failed = [&](const std::string& detail) {
    return count("notifications WHERE state = 'failed' AND detail LIKE '" + detail + "%'") == "1";
  };
  EXPECT_TRUE(eventually(kPatience, [&] {
    return failed("HTTP 410") && failed("HTTP 302") && failed("this address may not be called");
  }));
  ASSERT_TRUE(eventually(kPatience, [&] { return !hooks_.calls("/busy").empty(); }));
  hooks_.answer("/busy", 200);
  ASSERT_TRUE(become("/busy", "fired "));
  const auto tries = hooks_.calls("/busy");
  EXPECT_EQ(tries.front().header("idempotency-key"), tries.back().header("idempotency-key"));
  EXPECT_EQ(tries.front().body, tries.back().body);
  ASSERT_TRUE(incident_resolves());
  ASSERT_TRUE(become("/good", "fired resolved "));
  // Who was not told of the beginning is not told of the end.
  EXPECT_TRUE(eventually(kPatience, [&] {
    return count("notifications WHERE kind = 'resolved' AND state = 'suppressed'") == "0" &&
           count("notifications WHERE kind = 'resolved'") == "4";
  }));
  EXPECT_EQ(hooks_.calls("/gone").size(), 1U);
  EXPECT_TRUE(hooks_.calls("/a").empty());
}

// M-033: letters are told as ever: one conversation per incident and channel.
TEST_F(SubscribedProgram, LettersOfAChannelAreAConversation) {
  const auto address = "me." + check_.id.str().substr(24) + "@example.org";
  const auto mail = channel(make_user("a"), "email", address);
  subscribe(mail, [](auto& one) { one.remind = 1s; });
  auto program = start();
  ASSERT_TRUE(incident_opens());
  const auto mine = [&](const std::string& state) {
    auto all = letters(state);
    std::erase_if(all, [&](const auto& letter) { return letter["to"] != address; });
    return all;
  };
  ASSERT_TRUE(eventually(kPatience, [&] { return mine("STILL FIRING").size() >= 2; }));
  const auto incident = one("SELECT id FROM incidents");
  run("INSERT INTO incident_actions (incident_id, kind, actor_kind, actor_id, actor_name) "
      "VALUES ('" +
      incident + "', 'acknowledged', 'user', 'x', 'x')");
  const auto reminders = [&] { return count("notifications WHERE kind = 'reminder'"); };
  EXPECT_NE(count("incident_events WHERE kind = 'reminded' AND text = 'e-mail \"of email\"'"), "0");
  const auto before = reminders();
  // One may have been decided meanwhile.
  ASSERT_FALSE(eventually(4s, [&] { return std::stoi(reminders()) > std::stoi(before) + 1; }));
  ASSERT_TRUE(incident_resolves());
  ASSERT_TRUE(eventually(kPatience, [&] { return mine("RESOLVED").size() == 1; }));
  const auto first = mine("FIRING").at(0)["message_id"];
  EXPECT_EQ(header_of(mine("RESOLVED").at(0), "References"), first);
  EXPECT_EQ(header_of(mine("STILL FIRING").at(0), "References"), first);
}

// Nothing is dropped: what is too much at once is listed in one, ends too, and written down as what
// it was. Ends do not make beginnings wait; for a critical one a digest waits half a minute.
TEST_F(SubscribedProgram, WhatIsTooMuchGoesIntoOneDigest) {
  const auto hook = channel(make_user("a"), "webhook", hooks_.url("/a"));
  subscribe(hook, [](auto& one) { one.digest_above = 2; });
  auto program = start();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(incident_opens());
    ASSERT_TRUE(incident_resolves());
  }
  ASSERT_TRUE(become("/a", "fired resolved fired "));
  const std::string waiting = "notifications WHERE state = 'waiting'";
  ASSERT_TRUE(eventually(kPatience, [&] { return count(waiting) == "1"; }));
  EXPECT_EQ(count(waiting + " AND next_at > created_at + interval '60 s'"), "1") << "an end";
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(incident_resolves());
  ASSERT_TRUE(eventually(kPatience, [&] { return count(waiting) == "3"; }));
  EXPECT_EQ(count(waiting + " AND kind = 'fired' AND next_at <= created_at + interval '30 s'"),
            "1");
  run("UPDATE notifications SET next_at = next_at - interval '30 s' WHERE state = 'waiting'");
  ASSERT_TRUE(become("/a", "fired resolved fired digest "));
  const auto digest = events("/a").at(3);
  ASSERT_EQ(digest["alerts"].size(), 3U);
  EXPECT_EQ(digest["alerts"][0]["state"], "resolved");
  EXPECT_EQ(digest["alerts"][1]["state"], "firing");
  EXPECT_EQ(digest["alerts"][2]["state"], "resolved");
  EXPECT_EQ(digest["alerts"][1]["incident_id"], digest["alerts"][2]["incident_id"]);
  ASSERT_TRUE(
      eventually(kPatience, [&] { return count("notifications WHERE state = 'sending'") == "0"; }));
  const auto told = [&](const nlohmann::json& alert) {
    const auto of = " WHERE incident_id = '" + alert["incident_id"].get<std::string>() + "'";
    return one("SELECT string_agg(transition || ' ' || target, ', ' ORDER BY transition) FROM "
               "deliveries" +
               of + " AND channel = 'webhook'") +
           "; " +
           one("SELECT string_agg(text, ', ' ORDER BY id) FROM incident_events" + of +
               " AND kind = 'notified' AND text LIKE 'webhook%'");
  };
  EXPECT_EQ(told(digest["alerts"][0]),
            "1 of webhook, 2 of webhook; webhook \"of webhook\", "
            "webhook \"of webhook\" (digest) that it is over");
  EXPECT_EQ(told(digest["alerts"][1]),
            "1 of webhook, 2 of webhook; webhook \"of webhook\" (digest), "
            "webhook \"of webhook\" (digest) that it is over");
}

// The ends of a storm, which come when its beginnings were told long ago.
TEST_F(SubscribedProgram, EndsThatAreTooManyGoIntoADigestToo) {
  const auto hook = channel(make_user("a"), "webhook", hooks_.url("/a"));
  subscribe(hook, [](auto& one) { one.digest_above = 1; });
  auto program = start();
  for (const std::string told : {"fired ", "fired resolved fired "}) {
    ASSERT_TRUE(incident_opens());
    ASSERT_TRUE(become("/a", told));
    run("UPDATE notifications SET created_at = created_at - interval '301 s' "
        "WHERE kind = 'fired'");
    ASSERT_TRUE(incident_resolves());
  }
  EXPECT_TRUE(eventually(kPatience, [&] {
    return count("notifications WHERE state = 'waiting' AND kind = 'resolved'") == "1";
  }));
  EXPECT_EQ(kinds("/a"), "fired resolved fired ");
}

// Who was told of a beginning by a digest is told of its end, too.
TEST_F(SubscribedProgram, TheEndOfWhatADigestToldIsTold) {
  const auto hook = channel(make_user("a"), "webhook", hooks_.url("/a"));
  subscribe(hook, [](auto& one) { one.digest_above = 1; });
  auto program = start();
  ASSERT_NO_FATAL_FAILURE(one_is_told_and_two_wait());
  five_minutes_pass();
  ASSERT_TRUE(become("/a", "fired digest "));
  ASSERT_TRUE(incident_resolves());
  ASSERT_TRUE(become("/a", "fired digest resolved "));
  EXPECT_EQ(events("/a").at(2)["alerts"][0]["incident_id"],
            events("/a").at(1)["alerts"][1]["incident_id"]);
}

// M-072: who silences a storm does not get it by the digest that already waited.
TEST_F(SubscribedProgram, WhatIsSilencedWhileItWaitsIsInNoDigest) {
  const auto hook = channel(make_user("a"), "webhook", hooks_.url("/a"));
  subscribe(hook, [](auto& one) { one.digest_above = 1; });
  auto program = start();
  ASSERT_NO_FATAL_FAILURE(one_is_told_and_two_wait());
  const auto id = silence(around->alertmanager.url());
  ASSERT_TRUE(eventually(kPatience, [&] {
    return count("known_silences WHERE silences::text LIKE '%" + id + "%'") == "1";
  }));
  five_minutes_pass();
  ASSERT_TRUE(become("/a", "fired resolved "));
  EXPECT_EQ(count("notifications WHERE state = 'held' AND kind = 'fired'"), "1");
}

// Of another version of ours, perhaps: it is given up, and the others go on.
TEST_F(SubscribedProgram, OneThatCannotBeReadHoldsUpNobody) {
  const auto hook = channel(make_user("a"), "webhook", hooks_.url("/a"));
  run("INSERT INTO notifications (key, channel_id, incident_id, kind, state, content, created_at, "
      "next_at) VALUES ('odd', '" +
      hook.id.str() + "', gen_random_uuid(), 'fired', 'pending', '{}', now(), now())");
  auto program = start();
  EXPECT_TRUE(
      eventually(kPatience, [&] { return one("SELECT state FROM notifications") == "failed"; }));
  EXPECT_TRUE(pool_->transact([&](pqxx::work& tx) { store::insert_channel_test(tx, hook.id); }));
  EXPECT_TRUE(become("/a", "test "));
}

TEST_F(SubscribedProgram, ATrialIsSent) {
  const auto hook = channel(make_user("a"), "webhook", hooks_.url("/a"));
  auto program = start();
  EXPECT_TRUE(pool_->transact([&](pqxx::work& tx) { store::insert_channel_test(tx, hook.id); }));
  EXPECT_TRUE(become("/a", "test "));
}

// C-042.
TEST_F(SubscribedProgram, AnOwnThresholdIsToldToItsOwnerAlone) {
  const auto mine = make_user("mine");
  const auto theirs = make_user("theirs");
  store::Rule rule;
  rule.id = Uuid::make();
  rule.name = "Load " + name_;
  rule.kind = "threshold";
  rule.expr = "node_load1 > 4";
  const auto instance = Uuid::make();
  ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) {
    tx.exec_params(
        "INSERT INTO instances (id, name, hostname, kind) VALUES ($1, 'a', $2, 'server')",
        instance.str(), "host-" + instance.str());
    store::insert_rule(tx, rule);
  }));
  subscribe(channel(mine, "webhook", hooks_.url("/mine")), [&](auto& one) {
    one.rule_id = rule.id;
    one.threshold = 2;
  });
  subscribe(channel(theirs, "webhook", hooks_.url("/theirs")));
  auto program = start();
  const auto told = [&](double value, const std::string& path, const std::string& expected) {
    auto next = std::chrono::steady_clock::now();
    return eventually(kPatience, [&] {
      if (std::chrono::steady_clock::now() >= next) {
        publish_load(instance, value);
        next = std::chrono::steady_clock::now() + 300ms;
      }
      return kinds(path) == expected;
    });
  };
  ASSERT_TRUE(told(3, "/mine", "fired "));
  EXPECT_EQ(count("incidents WHERE audience = '" + mine.str() + "'"), "1");
  EXPECT_EQ(one("SELECT rule_id FROM incidents"), rule.id.str());
  EXPECT_TRUE(around->alertmanager.alerts("alertname", rule.name).empty());
  ASSERT_TRUE(told(9, "/theirs", "fired "));
  EXPECT_EQ(kinds("/mine"), "fired ");
  ASSERT_TRUE(told(3, "/theirs", "fired resolved "));
  EXPECT_EQ(kinds("/mine"), "fired ");
  ASSERT_TRUE(told(1, "/mine", "fired resolved "));
  EXPECT_EQ(around->mail.letters("[FIRING] " + rule.name).size(), 1U);
  EXPECT_EQ(count("incidents"), "2");
}

}  // namespace
}  // namespace monitron::notifier
