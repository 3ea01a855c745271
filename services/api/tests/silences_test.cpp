// Silences through the API, with real Alertmanagers; and what Alertmanager's webhook tells.

#include "alertmanager/client.hpp"
#include "contracts/alertmanager_notified.hpp"
#include "store/silenced.hpp"
#include "suite.hpp"
#include "testkit/alertmanager_server.hpp"

#include <pqxx/pqxx>

namespace monitron::api {
namespace {

using http::Method;

constexpr const char* kPath = "/api/v1/silences";
constexpr const char* kNotifications = "/api/v1/alertmanager/notifications";

Json new_silence() {
  return {{"matchers", {{{"name", "server-role"}, {"value", "shop"}}}},
          {"ends_at", "2100-01-01T00:00:00Z"},
          {"starts_at", "2099-12-31T00:00:00Z"},
          {"comment", "new disks"}};
}

class SilencesApi : public ApiTest {
 protected:
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    ApiTest::SetUp();
    if (!server_) server_ = std::make_unique<testkit::AlertmanagerServer>();
    api().config.alertmanagers = {alertmanager::Client({.url = server_->url()}, {})};
  }
  void TearDown() override { api().config.alertmanagers.clear(); }
  static std::string place(const Json& silence) {
    return std::string(kPath) + "/" + silence["id"].get<std::string>();
  }
  Json made(const std::string& comment) {
    auto body = new_silence();
    body["comment"] = comment;
    body.erase("starts_at");
    body["ends_at"] = to_rfc3339(system_clock().now() + std::chrono::hours(8));
    const auto answer = api().post(kPath, api().admin(), body);
    EXPECT_EQ(answer.status, 201) << answer.text;
    return answer.json;
  }
  Answer change(const Json& silence, const Json& body) {
    return api().ask(Method::put, place(silence), api().admin(), body);
  }
  Names complaints(const Json& body) {
    const auto answer = api().post(kPath, api().admin(), body);
    EXPECT_EQ(answer.status, 400) << answer.text;
    return fields_of(answer);
  }

  static inline std::unique_ptr<testkit::AlertmanagerServer> server_;
};

// M-072.
TEST_F(SilencesApi, OneMadeHereIsInAlertmanagerAndEnds) {
  const auto made = api().post(kPath, api().admin(), new_silence());
  ASSERT_EQ(made.status, 201) << made.text;
  const auto id = made.json["id"].get<std::string>();
  const auto there = server_->get("/api/v2/silence/" + id);
  ASSERT_TRUE(there.is_object());
  EXPECT_EQ(there["matchers"][0]["name"], "server_role") << "as alerts are told";
  EXPECT_EQ(there["createdBy"], made.json["created_by"].get<std::string>());
  EXPECT_EQ(made.json["created_by"], "Administrator");
  EXPECT_EQ(there["comment"], "new disks");

  const auto listed = api().get(kPath, api().viewer());
  ASSERT_EQ(listed.json["items"].size(), 1U) << listed.text;
  auto shown = made.json;
  EXPECT_EQ(shown["warnings"], Json::array());
  shown.erase("warnings");
  EXPECT_EQ(listed.json["items"][0], shown);
  EXPECT_EQ(listed.json["warnings"], Json::array());
  EXPECT_EQ(api().get(made.header("location"), api().viewer()).json, shown);
  EXPECT_EQ(api().get(std::string(kPath) + "?state=expired", api().viewer()).json["items"].size(),
            0U);

  const auto path = std::string(kPath) + "/" + id;
  EXPECT_EQ(api().ask(Method::delete_, path, api().viewer()).status, 403);
  EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
  EXPECT_EQ(server_->get("/api/v2/silence/" + id)["status"]["state"], "expired");
  EXPECT_EQ(api()
                .ask(Method::delete_, std::string(kPath) + "/" + Uuid::make().str(), api().admin())
                .status,
            404);
}

// Its transaction fails behind Alertmanager's back: the same request again is about that silence.
TEST_F(SilencesApi, OneIsMadeOnceWhateverBecomesOfItsKey) {
  const auto comment = Uuid::make().str(), key = Uuid::make().str();
  auto body = new_silence();
  body["comment"] = comment;
  body.erase("starts_at");
  body["ends_at"] = to_rfc3339(system_clock().now() + std::chrono::hours(8));
  const auto post = [&](const std::string& with) {
    return api().ask(Method::post, kPath, api().admin(), body, {{"Idempotency-Key", with}});
  };
  const auto there = [&] {
    std::set<std::string> ids;
    for (const auto& one : server_->get("/api/v2/silences")) {
      if (one["comment"] == comment) ids.insert(one["id"].get<std::string>());
    }
    return ids;
  };
  pqxx::connection connection(api().config.database_url);
  const auto say = [&](const std::string& sql) {
    pqxx::work tx(connection);
    tx.exec0(sql);
    tx.commit();
  };
  say("ALTER TABLE idempotency_keys ADD CONSTRAINT none CHECK (false) NOT VALID");
  const auto cut = post(key);
  say("ALTER TABLE idempotency_keys DROP CONSTRAINT none");
  EXPECT_GE(cut.status, 400) << cut.text;
  ASSERT_EQ(there().size(), 1u);
  const auto made = post(key);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(there(), std::set<std::string>{made.json["id"].get<std::string>()});
  EXPECT_EQ(post(key).header("idempotent-replayed"), "true");
  EXPECT_EQ(post(key).text, made.text);
  // It is known here, too: ended here, it is ended there.
  EXPECT_EQ(api().ask(Method::delete_, place(made.json), api().admin()).status, 204);
  EXPECT_EQ(post(key).text, made.text);
  // One that begins later is another one.
  body["starts_at"] = to_rfc3339(system_clock().now() + std::chrono::hours(1));
  const auto later = post(Uuid::make().str());
  ASSERT_EQ(later.status, 201) << later.text;
  body.erase("starts_at");
  const auto now = post(Uuid::make().str());
  ASSERT_EQ(now.status, 201) << now.text;
  EXPECT_NE(now.json["id"], later.json["id"]);
}

// M-072.
TEST_F(SilencesApi, AreListedPageByPageUntilTheLast) {
  std::set<std::string> mine, listed;
  for (int i = 0; i < 5; ++i) mine.insert(made("page " + std::to_string(i))["id"]);
  std::string cursor;
  int pages = 0;
  do {
    const auto page =
        api().get(std::string(kPath) + "?state=active&limit=2" + cursor, api().viewer());
    ASSERT_EQ(page.status, 200) << page.text;
    for (const auto& item : page.json["items"]) {
      EXPECT_TRUE(listed.insert(item["id"]).second) << "twice";
    }
    const auto& next = page.json["next_cursor"];
    cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
    ++pages;
  } while (!cursor.empty());
  EXPECT_GE(pages, 3);
  EXPECT_TRUE(std::includes(listed.begin(), listed.end(), mine.begin(), mine.end()));
  EXPECT_EQ(fields_of(api().get(std::string(kPath) + "?cursor=eA", api().viewer())),
            Names{"cursor"});
}

// M-072.
TEST_F(SilencesApi, AreSortedAndSearched) {
  for (int i = 0; i < 3; ++i) made("sorted " + std::to_string(i));
  for (const auto* key : {"starts_at", "ends_at"}) {
    for (const bool down : {false, true}) {
      const auto query = std::string("?limit=2&q=SORTED&sort=") + (down ? "-" : "") + key;
      std::vector<std::string> times;
      std::string cursor;
      do {
        const auto page = api().get(kPath + query + cursor, api().viewer());
        ASSERT_EQ(page.status, 200) << page.text;
        for (const auto& item : page.json["items"]) times.push_back(item[key]);
        const auto& next = page.json["next_cursor"];
        cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
      } while (!cursor.empty());
      EXPECT_EQ(times.size(), 3U) << query;
      if (down) std::reverse(times.begin(), times.end());
      EXPECT_TRUE(std::is_sorted(times.begin(), times.end())) << query;
    }
  }
  EXPECT_EQ(fields_of(api().get(std::string(kPath) + "?sort=name", api().viewer())), Names{"sort"});
}

// M-072, M-035.
TEST_F(SilencesApi, AreMadeAndEndedByGraphqlToo) {
  const auto ask = [&](const std::string& token, const std::string& query) {
    return api().post("/api/v1/graphql", token, {{"query", query}}).json;
  };
  const std::string make =
      "mutation { createSilence(matchers: [{name: \"team\", value: \"web\"}], "
      "endsAt: \"" +
      to_rfc3339(system_clock().now() + std::chrono::hours(8)) +
      "\", comment: \"by graphql\") "
      "{ id state createdBy warnings matchers { name value regex equal } } }";
  EXPECT_EQ(ask(api().viewer(), make)["errors"][0]["extensions"]["code"], "FORBIDDEN");
  const auto done = ask(api().admin(), make);
  const auto made = done["data"]["createSilence"];
  ASSERT_TRUE(made.is_object()) << done;
  EXPECT_EQ(made["state"], "active");
  EXPECT_EQ(made["createdBy"], "Administrator");
  EXPECT_EQ(made["warnings"], Json::array());
  EXPECT_EQ(made["matchers"][0],
            Json({{"name", "team"}, {"value", "web"}, {"regex", false}, {"equal", true}}));
  const auto id = made["id"].get<std::string>();
  EXPECT_EQ(server_->get("/api/v2/silence/" + id)["comment"], "by graphql");

  const auto listed =
      ask(api().viewer(), "{ silences(state: active) { nodes { comment } warnings } }");
  EXPECT_EQ(listed["data"]["silences"]["nodes"][0]["comment"], "by graphql");
  const auto ended = ask(api().admin(), "mutation { endSilence(id: \"" + id + "\") { state } }");
  EXPECT_EQ(ended["data"]["endSilence"]["state"], "expired") << ended;
  EXPECT_EQ(server_->get("/api/v2/silence/" + id)["status"]["state"], "expired");
}

// M-072: as Alertmanager does it: the same one where that can be, else another for it.
TEST_F(SilencesApi, OneIsChangedAndExtended) {
  const auto silence = made("first");
  const auto longer = change(silence, {{"ends_at", "2100-02-01T00:00:00Z"}});
  ASSERT_EQ(longer.status, 400) << "more than 366 days";
  const auto ends_at = to_rfc3339(system_clock().now() + std::chrono::hours(9));
  const auto extended = change(silence, {{"ends_at", ends_at}, {"comment", "takes longer"}});
  ASSERT_EQ(extended.status, 200) << extended.text;
  EXPECT_EQ(extended.json["id"], silence["id"]);
  EXPECT_EQ(extended.json["ends_at"], ends_at);
  EXPECT_EQ(extended.json["matchers"], silence["matchers"]);
  const auto there = server_->get("/api/v2/silence/" + silence["id"].get<std::string>());
  EXPECT_EQ(there["endsAt"], ends_at);
  EXPECT_EQ(there["comment"], "takes longer");
  EXPECT_EQ(there["status"]["state"], "active");

  const auto other = change(
      silence, {{"matchers", {{{"name", "check"}, {"value", "other"}}}}, {"ends_at", ends_at}});
  ASSERT_EQ(other.status, 200) << other.text;
  EXPECT_NE(other.json["id"], silence["id"]);
  EXPECT_EQ(api().get(place(silence), api().viewer()).json["state"], "expired");
  EXPECT_EQ(api().get(other.header("location"), api().viewer()).json["comment"], "takes longer");

  const auto again = change(silence, {{"ends_at", ends_at}});
  ASSERT_EQ(again.status, 201) << "one that is over begins anew: " << again.text;
  EXPECT_NE(again.json["id"], silence["id"]);
  EXPECT_EQ(api().ask(Method::put, place(silence), api().viewer(), {{"ends_at", ends_at}}).status,
            403);
  EXPECT_EQ(fields_of(change(silence, {{"ends_at", "2020-01-01T00:00:00Z"}, {"comment", ""}})),
            (Names{"ends_at", "comment"}));
  EXPECT_EQ(change({{"id", Uuid::make().str()}}, {{"ends_at", ends_at}}).status, 404);
}

// One that was made in Alertmanager is changed and ended, too.
TEST_F(SilencesApi, OneMadeElsewhereIsChangedAndEnded) {
  const auto& client = api().config.alertmanagers[0];
  alertmanager::Silence theirs;
  theirs.matchers = {{"team", "web", false, true}, {"check", "shop", false, true}};
  theirs.starts_at = system_clock().now();
  theirs.ends_at = theirs.starts_at + std::chrono::hours(1);
  theirs.created_by = "ann";
  theirs.comment = "by amtool";
  const Json silence = {{"id", *client.add_silence(theirs)}};
  const auto ends_at = to_rfc3339(theirs.ends_at + std::chrono::hours(1));
  const auto extended = change(silence, {{"ends_at", ends_at}});
  ASSERT_EQ(extended.status, 200) << extended.text;
  EXPECT_EQ(extended.json["id"], silence["id"]);
  EXPECT_EQ(extended.json["created_by"], "ann");
  EXPECT_EQ(api().ask(Method::delete_, place(silence), api().admin()).status, 204);
  EXPECT_EQ(api().get(place(silence), api().viewer()).json["state"], "expired");
}

// M-072: a peer that is away is named, and found again as it is wanted.
TEST_F(SilencesApi, APeerThatIsAwayIsNamed) {
  testkit::AlertmanagerServer second;
  const alertmanager::Client client({.url = second.url()}, {});
  api().config.alertmanagers.push_back(client);
  const auto both = made("both");
  EXPECT_EQ(both["warnings"], Json::array());
  second.terminate();
  const auto names = [&](const Json& json) {
    return json["warnings"].size() == 1 &&
           json["warnings"][0].get<std::string>().find(client.name()) != std::string::npos;
  };
  EXPECT_TRUE(names(made("one")));
  EXPECT_TRUE(names(change(both, {{"comment", "changed"}}).json));
  EXPECT_TRUE(names(api().get(kPath, api().viewer()).json));
  const auto ended = api().ask(Method::delete_, place(both), api().admin());
  EXPECT_EQ(ended.status, 200);
  EXPECT_TRUE(names(ended.json)) << ended.text;
  EXPECT_EQ(api().get(place(both), api().viewer()).json["state"], "expired");
}

TEST_F(SilencesApi, WhatIsWrongIsNamed) {
  EXPECT_EQ(complaints(Json::object()), (Names{"matchers", "ends_at", "comment"}));
  auto body = new_silence();
  body["matchers"] = {{{"name", "a"}, {"value", "("}, {"regex", true}}};
  EXPECT_EQ(complaints(body), Names{"matchers[0].value"});
  body["matchers"] = {{{"name", "a"}, {"value", ".*"}, {"regex", true}},
                      {{"name", "b"}, {"value", "x"}, {"equal", false}}};
  EXPECT_EQ(complaints(body), Names{"matchers"}) << "everything";
  body = new_silence();
  body["ends_at"] = "2020-01-01T00:00:00Z";
  EXPECT_EQ(complaints(body), Names{"ends_at"});
  body = new_silence();
  body["created_by"] = "somebody else";
  EXPECT_EQ(complaints(body), Names{"created_by"});
}

TEST_F(SilencesApi, WithoutAlertmanagerItSaysSo) {
  api().config.alertmanagers.clear();
  const auto none = api().get(kPath, api().viewer());
  EXPECT_EQ(none.status, 503);
  EXPECT_NE(none.text.find("ALERTMANAGER_URL"), std::string::npos);
  api().config.alertmanagers = {alertmanager::Client({.url = "http://127.0.0.1:9"}, {})};
  const auto away = api().get(kPath, api().viewer());
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.json["detail"],
            "Alertmanager at 127.0.0.1:9 does not answer; what it silences is not known");
  EXPECT_EQ(api().post(kPath, api().admin(), new_silence()).status, 503);
}

// One that hangs is not waited for when the notifier has found that out.
TEST_F(SilencesApi, OneThatIsKnownToBeAwayIsNotWaitedFor) {
  const auto now = system_clock().now();
  const auto know = [&](Instant checked_at) {
    ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
      store::put_peers(tx, {{server_->url(), false, checked_at, checked_at}});
    }));
  };
  know(now);
  const auto away = api().get(kPath, api().viewer());
  EXPECT_EQ(away.status, 503) << "although it answers";
  EXPECT_NE(away.json["detail"].get<std::string>().find("does not answer"), std::string::npos);
  const auto peers = api().get("/api/v1/overview", api().viewer()).json["alertmanagers"];
  ASSERT_EQ(peers.size(), 1U);
  EXPECT_EQ(peers[0]["answers"], false);
  EXPECT_EQ("http://" + peers[0]["name"].get<std::string>(), server_->url());
  know(now - std::chrono::minutes(2));
  EXPECT_EQ(api().get(kPath, api().viewer()).status, 200) << "that was long ago";
  EXPECT_EQ(api().get("/api/v1/overview", api().viewer()).json["alertmanagers"], Json::array());
  ASSERT_TRUE(api().database->transact([](pqxx::work& tx) { store::put_peers(tx, {}); }));
}

class Notifications : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    api().config.webhook_token = "shown by the webhook";
  }
  void TearDown() override { api().config.webhook_token.clear(); }
  Answer tell(const Json& body, const std::string& token = "shown by the webhook") {
    return api().post(kNotifications, token, body);
  }
  std::optional<contracts::AlertmanagerNotified> kept(const std::string& receiver) {
    const auto rows = *api().database->transact([&](pqxx::work& tx) {
      return tx.exec_params(
          "SELECT convert_from(body, 'UTF8') FROM api_outbox WHERE type = 'alertmanager.notified' "
          "AND convert_from(body, 'UTF8')::jsonb->>'receiver' = $1",
          receiver);
    });
    if (rows.size() != 1) return std::nullopt;
    return *contracts::decode_alertmanager_notified(rows[0][0].c_str());
  }
  static Json notification(const std::string& receiver, const Json& alerts) {
    return {{"version", "4"},     {"groupKey", "{}:{}"},  {"receiver", receiver},
            {"status", "firing"}, {"truncatedAlerts", 0}, {"alerts", alerts}};
  }
};

TEST_F(Notifications, WhatReceiversWereToldGoesToTheNotifier) {
  const IncidentId first = IncidentId::make(), second = IncidentId::make();
  const Json alerts = {{{"status", "firing"}, {"annotations", {{"incident_id", first.str()}}}},
                       {{"status", "resolved"}, {"annotations", {{"incident_id", second.str()}}}},
                       {{"status", "firing"}, {"annotations", {{"summary", "of somebody else"}}}}};
  const auto answer = tell(notification("on-call", alerts));
  EXPECT_EQ(answer.status, 204) << answer.text;
  const auto told = kept("on-call");
  ASSERT_TRUE(told);
  using Told = contracts::AlertmanagerNotified::Told;
  EXPECT_EQ(told->told, (std::vector<Told>{{first, true}, {second, false}}));
  EXPECT_EQ(told->group_key, "{}:{}");
  EXPECT_EQ(tell(notification("nobody of ours", Json::array({alerts[2]}))).status, 204);
  EXPECT_FALSE(kept("nobody of ours"));
}

TEST_F(Notifications, NobodyElseIsHeard) {
  const auto body = notification("x", Json::array());
  EXPECT_EQ(tell(body, "another").status, 401);
  EXPECT_EQ(tell(body, "").status, 401);
  EXPECT_EQ(tell(body, api().admin()).status, 401);
  api().config.webhook_token.clear();
  EXPECT_EQ(tell(body, "").status, 404);
}

TEST_F(Notifications, WhatIsNoNotificationIsRefusedByName) {
  EXPECT_EQ(fields_of(tell(Json::object())), (Names{"version", "receiver", "alerts"}));
  auto odd = notification("odd", {1, nullptr, {{"annotations", {1}}}, Json::array()});
  EXPECT_EQ(tell(odd).status, 204);
}

}  // namespace
}  // namespace monitron::api
