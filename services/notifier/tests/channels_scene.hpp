#pragma once
// The built program, with people who subscribed and a receiver of their webhooks.

#include "auth/vault.hpp"
#include "program_scene.hpp"
#include "store/channels.hpp"
#include "testkit/hook_collector.hpp"

namespace monitron::notifier {

class SubscribedProgram : public NotifierProgram {
 protected:
  Uuid make_user(const std::string& name) {
    const auto id = Uuid::make();
    EXPECT_TRUE(pool_->transact([&](pqxx::work& tx) {
      tx.exec_params(
          "INSERT INTO users (id, email, name, role, password_hash) "
          "VALUES ($1, $2, $2, 'viewer', '$2b$x')",
          id.str(), name + id.str().substr(24) + "@example.org");
    }));
    return id;
  }
  store::Channel channel(const Uuid& user, const std::string& kind, const std::string& target) {
    store::Channel made;
    made.id = Uuid::make();
    made.user_id = user;
    made.name = "of " + kind;
    made.kind = kind;
    made.target = target;
    const auth::Vault vault(kEncryptionKey);
    if (kind == "webhook") {
      made.secret = *vault.seal("hook secret", store::channel_secret_context(made.id));
    }
    EXPECT_TRUE(pool_->transact([&](pqxx::work& tx) { store::insert_channel(tx, made); }));
    return made;
  }
  store::Subscription subscribe(const store::Channel& to,
                                const std::function<void(store::Subscription&)>& wish = {}) {
    store::Subscription made;
    made.id = Uuid::make();
    made.user_id = to.user_id;
    made.channel_id = to.id;
    if (wish) wish(made);
    EXPECT_TRUE(pool_->transact([&](pqxx::work& tx) { store::insert_subscription(tx, made); }));
    return made;
  }
  void run(const std::string& sql) {
    const auto done = pool_->transact([&](pqxx::work& tx) { tx.exec(sql); });
    EXPECT_TRUE(done) << done.error().text;
  }
  std::vector<nlohmann::json> events(const std::string& path) {
    std::vector<nlohmann::json> found;
    for (const auto& call : hooks_.taken(path)) found.push_back(nlohmann::json::parse(call.body));
    return found;
  }
  std::string kinds(const std::string& path) {
    std::string text;
    for (const auto& event : events(path)) text += event["event"].get<std::string>() + " ";
    return text;
  }
  bool become(const std::string& path, const std::string& expected) {
    return eventually(kPatience, [&] { return kinds(path) == expected; });
  }
  std::string state_of(const std::string& kind) {
    return one("SELECT state FROM notifications WHERE kind = '" + kind + "'");
  }
  // Where a digest holds all above one: the first is told, its end and the second wait.
  void one_is_told_and_two_wait() {
    const auto are = [&](const std::string& state, const std::string& number) {
      return eventually(kPatience, [&] {
        return count("notifications WHERE state = '" + state + "'") == number;
      });
    };
    ASSERT_TRUE(incident_opens());
    ASSERT_TRUE(incident_resolves());
    ASSERT_TRUE(incident_opens());
    ASSERT_TRUE(are("waiting", "2"));
    // Noted, too: what is under way would be taken for lost once its time has passed.
    ASSERT_TRUE(are("sent", "1"));
  }
  // For what was told and what waits.
  void five_minutes_pass() {
    run("UPDATE notifications SET created_at = created_at - interval '301 s', "
        "next_at = next_at - interval '301 s'");
  }

  testkit::HookCollector hooks_;
};

}  // namespace monitron::notifier
