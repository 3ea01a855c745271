// Silences through the API, with real Alertmanagers; and what Alertmanager's webhook tells.

#include "alertmanager/client.hpp"
#include "contracts/alertmanager_notified.hpp"
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
  EXPECT_EQ(listed.json["items"][0], made.json);
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
  EXPECT_EQ(api().get(kPath, api().viewer()).status, 503);
  EXPECT_EQ(api().post(kPath, api().admin(), new_silence()).status, 503);
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
