// What agents are told to do, and what an agent is told. M-058.

#include "suite.hpp"

namespace monitron::api {
namespace {

const std::string kPath = "/api/v1/agent-configurations";

class AgentConfigurations : public ApiTest {
 protected:
  Json enrol(const Json& labels) {
    const auto token = api().post("/api/v1/enrolment-tokens", api().admin(), {{"name", "one"}});
    const auto hostname = "c" + Uuid::make().str().substr(24) + ".example.org";
    const auto agent = api().post(
        "/api/v1/agents/enrol", "",
        {{"enrolment_token", token.json["token"]}, {"hostname", hostname}, {"labels", labels}});
    EXPECT_EQ(agent.status, 201) << agent.text;
    return agent.json;
  }
  Answer own(const std::string& token) {
    return api().get("/api/v1/agents/self/configuration", token);
  }
  // Whatever the order of its members.
  static nlohmann::json settings_in(const Answer& answer) {
    return nlohmann::json::parse(answer.json["settings"].dump());
  }
  static Json body(const std::string& name, const Json& settings) {
    return {{"name", name}, {"labels", {{"fleet", name}}}, {"settings", settings}};
  }
};

TEST_F(AgentConfigurations, AreToldToTheAgentsTheyAreFor) {
  const auto agent = enrol({{"fleet", "told"}}), other = enrol({{"fleet", "other"}});
  const auto before = own(agent["token"]);
  ASSERT_EQ(before.status, 200) << before.text;
  EXPECT_EQ(before.json["settings"], Json::object());
  const auto made = api().post(kPath, api().admin(),
                               body("told", {{"interval_seconds", 2.5}, {"connections", false}}));
  ASSERT_EQ(made.status, 201) << made.text;
  const auto after = own(agent["token"]);
  EXPECT_EQ(settings_in(after),
            (nlohmann::json{{"interval_seconds", 2.5}, {"connections", false}}));
  EXPECT_NE(after.json["version"], before.json["version"]);
  EXPECT_EQ(own(other["token"]).json, before.json);
  const std::string id = agent["server_id"];
  EXPECT_EQ(api().get("/api/v1/servers/" + id + "/agent-configuration", api().admin()).json,
            after.json);
  const std::string path = kPath + "/" + std::string(made.json["id"]);
  const auto changed = api().ask(http::Method::patch, path, api().admin(),
                                 {{"settings", {{"top_processes", 0}, {"connections", nullptr}}}});
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(settings_in(changed),
            (nlohmann::json{{"interval_seconds", 2.5}, {"top_processes", 0}}));
  EXPECT_EQ(settings_in(own(agent["token"])), settings_in(changed));
  EXPECT_EQ(api().ask(http::Method::delete_, path, api().admin()).status, 204);
  EXPECT_EQ(own(agent["token"]).json, before.json);
}

TEST_F(AgentConfigurations, WhatIsWrongIsNamed) {
  const std::pair<Json, std::string> wrong[] = {
      {{{"interval_seconds", 0.5}}, "settings.interval_seconds"},
      {{{"interval_seconds", 601}}, "settings.interval_seconds"},
      {{{"connections", "no"}}, "settings.connections"},
      {{{"top_processes", 1001}}, "settings.top_processes"},
      {{{"connection_log", -1}}, "settings.connection_log"},
      {{{"scrape", "http://example.org"}}, "settings.scrape"},
      {"fast", "settings"}};
  for (const auto& [settings, field] : wrong) {
    const auto refused = api().post(kPath, api().admin(), body("wrong", settings));
    EXPECT_EQ(fields_of(refused), Names{field}) << refused.text;
  }
  ASSERT_EQ(api().post(kPath, api().admin(), body("taken", Json::object())).status, 201);
  const auto again = api().post(kPath, api().admin(), body("taken", Json::object()));
  EXPECT_EQ(fields_of(again), Names{"name"}) << again.text;
}

TEST_F(AgentConfigurations, AreForThoseWhoMayChangeInstances) {
  EXPECT_EQ(api().get(kPath, api().viewer()).status, 200);
  EXPECT_EQ(api().post(kPath, api().viewer(), body("mine", Json::object())).status, 403);
  EXPECT_EQ(own(api().admin()).status, 404) << "no agent";
  EXPECT_EQ(own(api().api_token({"ingest"})).status, 404);
  const auto agent = enrol(Json::object());
  EXPECT_EQ(api().get(kPath, agent["token"]).status, 403);
  const auto other = enrol(Json::object());
  EXPECT_EQ(api()
                .get("/api/v1/servers/" + std::string(other["server_id"]) + "/agent-configuration",
                     agent["token"])
                .status,
            403);
}

}  // namespace
}  // namespace monitron::api
