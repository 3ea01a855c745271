#include "store/channels.hpp"

#include "store/notifications.hpp"
#include "suite.hpp"

#include <pqxx/pqxx>

namespace monitron::api {
namespace {

using http::Method;

class ChannelsApi : public ApiTest {
 protected:
  static inline const std::string kPath = "/api/v1/channels";
  static inline const std::string kSubscriptions = "/api/v1/subscriptions";

  Json make(const Json& body, const std::string& token) {
    const auto made = api().post(kPath, token, body);
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json;
  }
  Json webhook(const std::string& token) {
    return make({{"name", "hook"}, {"kind", "webhook"}, {"url", "https://hooks.example/x"}}, token);
  }
  std::string rule(const std::string& kind, const std::string& expr) {
    Json body = {{"name", kind + " " + Uuid::make().str()}, {"kind", kind}};
    if (!expr.empty()) body["expr"] = expr;
    const auto made = api().post("/api/v1/rules", api().admin(), body);
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json["id"].get<std::string>();
  }
  std::string one(const std::string& sql) {
    const auto text = api().database->transact(
        [&](pqxx::work& tx) { return std::string(tx.exec1(sql)[0].c_str()); });
    return text ? *text : text.error().text;
  }
};

// C-047.
TEST_F(ChannelsApi, ChannelsMakeTheRoundTrip) {
  const auto token = api().viewer();
  const auto made = make({{"name", "me"}, {"kind", "email"}, {"address", "me@example.org"}}, token);
  EXPECT_EQ(made["address"], "me@example.org");
  EXPECT_TRUE(made["url"].is_null());
  EXPECT_TRUE(made["secret"].is_null());
  const auto path = kPath + "/" + made["id"].get<std::string>();
  auto changed = made;
  changed["address"] = "you@example.org";
  EXPECT_EQ(api().ask(Method::put, path, token, changed).status, 200);
  EXPECT_EQ(api().ask(Method::patch, path, token, {{"enabled", false}}).json["enabled"], false);
  const auto now = api().get(path, token);
  EXPECT_EQ(now.json["address"], "you@example.org");
  EXPECT_EQ(now.json["version"], 3);
  EXPECT_EQ(api().post(path + "/test", token, nullptr).status, 409);
  EXPECT_EQ(api().ask(Method::delete_, path, token).status, 204);
  EXPECT_EQ(api().get(path, token).status, 404);
}

// S11, S1: what is no address and no place to call is refused, by name.
TEST_F(ChannelsApi, AddressesAndUrlsAreStrict) {
  const auto refused = [&](Json body, const char* field) {
    body["name"] = "bad";
    const auto answer = api().post(kPath, api().viewer(), body);
    EXPECT_EQ(answer.status, 400) << answer.text;
    EXPECT_EQ(fields_of(answer), Names{field}) << body << answer.text;
  };
  for (const char* address :
       {"me", "me@", "@example.org", "a@b@example.org", "Me <me@example.org>", "me@exa mple.org",
        "m\xc3\xa9@example.org", "me@example.org,you@example.org", "me@example.org\r\nBcc: x@y.z",
        "me@example.org\n", "\"me\"@example.org"}) {
    refused({{"kind", "email"}, {"address", address}}, "address");
  }
  for (const char* url :
       {"ftp://hooks.example/", "file:///etc/passwd", "https://user:word@hooks.example/",
        "http://127.0.0.1:9/x", "http://169.254.169.254/latest", "http://[::1]:80/abc",
        "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/hook", "http://192.168.0.1/hook"}) {
    refused({{"kind", "webhook"}, {"url", url}}, "url");
  }
  refused({{"kind", "webhook"}, {"url", "https://hooks.example/"}, {"secret", "short"}}, "secret");
  refused({{"kind", "email"}, {"address", "me@example.org"}, {"url", "https://a.example/"}}, "url");
  refused({{"kind", "pager"}}, "kind");
}

// S16: shown once when it was made here, never again, sealed for this row alone.
TEST_F(ChannelsApi, ASecretIsShownOnceAndSealed) {
  const auto token = api().viewer();
  const auto made = webhook(token);
  const auto secret = made["secret"].get<std::string>();
  EXPECT_GE(secret.size(), 43U);
  const auto id = made["id"].get<std::string>();
  const auto path = kPath + "/" + id;
  EXPECT_EQ(api().get(path, token).json["secret"], "********");
  const auto sealed = one("SELECT secret FROM channels WHERE id = '" + id + "'");
  EXPECT_EQ(sealed.find(secret), std::string::npos);
  EXPECT_EQ(*api().vault.open(sealed, store::channel_secret_context(*Uuid::parse(id))), secret);
  EXPECT_FALSE(api().vault.open(sealed, store::channel_secret_context(Uuid::make())));
  // As it is, when it is sent back; another one, when it is given; never shown.
  auto body = api().get(path, token).json;
  body["name"] = "other";
  EXPECT_EQ(api().ask(Method::put, path, token, body).json["secret"], "********");
  EXPECT_EQ(one("SELECT secret FROM channels WHERE id = '" + id + "'"), sealed);
  const std::string given = "one that was given by hand";
  const auto changed = api().ask(Method::patch, path, token, {{"secret", given}});
  EXPECT_EQ(changed.json["secret"], "********");
  EXPECT_NE(one("SELECT secret FROM channels WHERE id = '" + id + "'"), sealed);
  for (const auto& word : {given, secret}) {
    EXPECT_EQ(one("SELECT count(*) FROM audit_log WHERE strpos(change::text, '" + word + "') > 0"),
              "0");
  }
}

// S9: what belongs to others is not found; administrators see and change all.
TEST_F(ChannelsApi, EverybodyHasTheirOwn) {
  const auto mine = webhook(api().viewer());
  const auto theirs = webhook(api().admin());
  const auto path = kPath + "/" + theirs["id"].get<std::string>();
  EXPECT_EQ(api().get(path, api().viewer()).status, 404);
  EXPECT_EQ(api().ask(Method::delete_, path, api().viewer()).status, 404);
  EXPECT_EQ(api().post(path + "/test", api().viewer(), nullptr).status, 404);
  const auto ids = [&](const std::string& query, const std::string& token) {
    Names found;
    const auto answer = api().get(kPath + query, token);
    for (const auto& item : answer.json["items"]) {
      found.insert(item["id"].get<std::string>());
    }
    return found;
  };
  EXPECT_EQ(ids("", api().viewer()).count(theirs["id"]), 0U);
  EXPECT_EQ(ids("", api().admin()).count(mine["id"]), 0U);
  EXPECT_EQ(ids("?all=true", api().admin()).count(mine["id"]), 1U);
  EXPECT_EQ(api().get(kPath + "?all=true", api().viewer()).status, 403);
  const auto changed = api().ask(Method::patch, kPath + "/" + mine["id"].get<std::string>(),
                                 api().admin(), {{"name", "renamed"}});
  EXPECT_EQ(changed.json["user_id"], mine["user_id"]);
  // A subscription names a channel of its own person only.
  const auto foreign = api().post(kSubscriptions, api().viewer(), {{"channel_id", theirs["id"]}});
  EXPECT_EQ(fields_of(foreign), Names{"channel_id"}) << foreign.text;
}

// What became of the latest message, a trial say, is said by the channel.
TEST_F(ChannelsApi, AChannelSaysWhatBecameOfItsLastMessage) {
  const auto token = api().viewer();
  const auto made = webhook(token);
  EXPECT_TRUE(made["last_notification"].is_null());
  const auto id = made["id"].get<std::string>();
  const auto noted = api().database->transact([&](pqxx::work& tx) {
    for (const char* kind : {"fired", "test"}) {
      store::Notification one;
      one.key = id + "." + kind;
      one.channel_id = *Uuid::parse(id);
      one.kind = kind;
      one.content = "{}";
      one.created_at = system_clock().now();
      store::add_notification(tx, one, false, one.created_at);
    }
    (void)store::end_notification(tx, id + ".test", false, "HTTP 404");
  });
  ASSERT_TRUE(noted) << noted.error().text;
  const auto path = kPath + "/" + id;
  const auto last = api().get(path, token).json["last_notification"];
  EXPECT_EQ(last["kind"], "test");
  EXPECT_EQ(last["state"], "failed");
  EXPECT_EQ(last["detail"], "HTTP 404");
  EXPECT_TRUE(parse_rfc3339(last["at"].get<std::string>()));
  const auto listed = api().get(kPath, token);
  for (const auto& one : listed.json["items"]) {
    if (one["id"] == id) {
      EXPECT_EQ(one["last_notification"], last);
    }
  }
  EXPECT_EQ(api().ask(Method::put, path, token, api().get(path, token).json).status, 200);
}

TEST_F(ChannelsApi, ATrialIsAskedForAndNotTooOften) {
  const auto made = webhook(api().viewer());
  const auto path = kPath + "/" + made["id"].get<std::string>() + "/test";
  EXPECT_EQ(api().post(path, api().viewer(), nullptr).status, 202);
  for (int i = 0; i < 9; ++i) (void)api().post(path, api().viewer(), nullptr);
  EXPECT_EQ(api().post(path, api().viewer(), nullptr).status, 429);
}

// C-042, C-047.
TEST_F(ChannelsApi, SubscriptionsMakeTheRoundTrip) {
  const auto token = api().viewer();
  const auto channel = webhook(token)["id"];
  const auto made = api().post(kSubscriptions, token, {{"channel_id", channel}});
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["digest_above"], 10);
  EXPECT_EQ(made.json["send_resolved"], true);
  EXPECT_EQ(made.json["min_severity"], "info");
  const auto path = kSubscriptions + "/" + made.json["id"].get<std::string>();
  const auto threshold = rule("threshold", "node_load1 > 4");
  const auto changed = api().ask(Method::patch, path, token,
                                 {{"rule_id", threshold},
                                  {"threshold", 2.5},
                                  {"selector", {{"team", "web"}}},
                                  {"min_severity", "warning"},
                                  {"remind_seconds", 3600},
                                  {"digest_above", 0}});
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json["threshold"], 2.5);
  EXPECT_EQ(changed.json["selector"]["team"], "web");
  EXPECT_EQ(api().get(path, token).json["remind_seconds"], 3600);
  EXPECT_EQ(api().get(path, api().admin()).status, 200);
  EXPECT_EQ(api().ask(Method::delete_, path, token).status, 204);
}

// C-042: where there is nothing to replace, it is said so.
TEST_F(ChannelsApi, AThresholdOfOnesOwnNeedsAComparison) {
  const auto token = api().viewer();
  const auto channel = webhook(token)["id"];
  const auto ask = [&](const Json& rule_id, const Json& threshold) {
    return api().post(kSubscriptions, token,
                      {{"channel_id", channel}, {"rule_id", rule_id}, {"threshold", threshold}});
  };
  EXPECT_EQ(fields_of(ask(nullptr, 1)), Names{"threshold"});
  EXPECT_EQ(fields_of(ask(Uuid::make().str(), nullptr)), Names{"rule_id"});
  EXPECT_EQ(fields_of(ask(rule("check_state", ""), 1)), Names{"threshold"});
  EXPECT_EQ(fields_of(ask(rule("promql", "up and on(job) x > 1"), 1)), Names{"threshold"});
  const auto good = rule("promql", "sum by (job) (rate(errors_total[5m])) > 5");
  EXPECT_EQ(ask(good, 2).status, 201);
  EXPECT_EQ(ask(good, 2).status, 201);
  EXPECT_EQ(fields_of(ask(good, 3)), Names{"threshold"});
  EXPECT_EQ(fields_of(ask(good, "3")), Names{"threshold"});
}

}  // namespace
}  // namespace monitron::api
