#include "api/openapi.hpp"

#include "base/text.hpp"
#include "incident_scene.hpp"
#include "store/alert_decisions.hpp"
#include "store/deliveries.hpp"

#include <set>

namespace monitron::api {
namespace {

class OpenApi : public IncidentTest {
 protected:
  Json document() { return api().get("/api/v1/openapi.json", "").json; }

  // What is wrong with `value` by `schema`: types, required members, enumerations.
  void check(const Json& schema, const Json& value, const std::string& where) {
    if (schema.contains("$ref")) {
      const auto name = schema["$ref"].get<std::string>().substr(21);
      return check(document_["components"]["schemas"][name], value, where);
    }
    if (schema.contains("oneOf")) {
      if (!value.is_null()) check(schema["oneOf"][0], value, where);
      return;
    }
    if (!schema.contains("type")) return;
    EXPECT_TRUE(has_type(schema["type"], value)) << where << " is " << value;
    if (schema.contains("enum") && !value.is_null()) {
      const auto& all = schema["enum"];
      EXPECT_NE(std::find(all.begin(), all.end(), value), all.end()) << where << " is " << value;
    }
    if (value.is_object()) check_members(schema, value, where);
    if (value.is_array()) {
      for (const auto& item : value) check(schema["items"], item, where + "[]");
    }
  }

  Answer post(const std::string& path, const Json& body, const std::string& schema) {
    auto answer = api().post(path, api().admin(), body);
    EXPECT_LT(answer.status, 300) << answer.text;
    check({{"$ref", "#/components/schemas/" + schema}}, answer.json, schema);
    return answer;
  }
  void get(const std::string& path, const std::string& schema) {
    const auto answer = api().get(path, api().admin());
    EXPECT_EQ(answer.status, 200) << path << answer.text;
    check({{"$ref", "#/components/schemas/" + schema}}, answer.json, schema);
  }
  std::pair<std::string, std::string> described_pair() {
    const auto one = [&](const char* hostname) {
      return post("/api/v1/instances",
                  {{"hostname", hostname},
                   {"agent_port", 1},
                   {"credentials", {{"user", "u"}}},
                   {"groups", {"described-too"}}},
                  "Instance")
          .json["id"]
          .get<std::string>();
    };
    return {one("described-3.example.org"), one("described-4.example.org")};
  }
  // An alert that is held back, about it an incident, decisions, and who was told.
  StagedIncident told_incident() {
    StagedIncident incident;
    open(incident);
    store::Alert alert;
    alert.id = incident.alert_id;
    alert.rule_id = incident.rule_id;
    alert.subject = "check:" + Uuid::make().str();
    alert.state.phase = domain::AlertPhase::firing;
    alert.suppressed_by = domain::GateShut{domain::GateKind::maintenance, Uuid::make(), "move", ""};
    change([&](pqxx::work& tx) {
      store::put_alert(tx, alert);
      store::note_decision(tx, {.alert_id = incident.alert_id,
                                .rule_id = incident.rule_id,
                                .rule_name = "Check down",
                                .title = "shop is down",
                                .at = incident.opened_at,
                                .change = "fired",
                                .text = "status 500",
                                .inputs = "{}"});
      store::note_delivery(tx, {.key = Uuid::make().str(),
                                .incident_id = incident.id,
                                .transition = 1,
                                .channel = store::DeliveryChannel::email,
                                .target = "ops@example.org",
                                .state = store::DeliveryState::sent,
                                .detail = "",
                                .at = incident.opened_at});
    });
    return incident;
  }

  Json document_;

 private:
  static bool has_type(const Json& types, const Json& value) {
    const auto one = [&](const std::string& type) {
      return (type == "string" && value.is_string()) || (type == "object" && value.is_object()) ||
             (type == "array" && value.is_array()) || (type == "boolean" && value.is_boolean()) ||
             (type == "integer" && value.is_number_integer()) ||
             (type == "number" && value.is_number()) || (type == "null" && value.is_null());
    };
    if (types.is_string()) return one(types.get<std::string>());
    return std::any_of(types.begin(), types.end(), [&](const Json& type) { return one(type); });
  }

  void check_members(const Json& schema, const Json& value, const std::string& where) {
    if (!schema.contains("properties")) return;
    for (const auto& name : schema.value("required", Json::array())) {
      EXPECT_TRUE(value.contains(name.get<std::string>())) << where << " lacks " << name;
    }
    for (const auto& [name, member] : value.items()) {
      const bool known = schema["properties"].contains(name);
      EXPECT_TRUE(known) << where << "." << name << " is not described";
      if (known) check(schema["properties"][name], member, where + "." + name);
    }
  }
};

std::string described(std::string pattern) {
  const auto colon = pattern.find("/:");
  if (colon == std::string::npos) return pattern;
  const auto end = std::min(pattern.find('/', colon + 1), pattern.size());
  return pattern.substr(0, colon) + "/{" + pattern.substr(colon + 2, end - colon - 2) + "}" +
         pattern.substr(end);
}

// Both ways: what is served is described, what is described is served (by this service). M-170.
TEST_F(OpenApi, DescribesExactlyTheRoutes) {
  std::set<std::string> served;
  for (const auto& route : api().router->routes()) {
    served.insert(to_lower(http::to_string(route.method)) + " " + described(route.pattern));
  }
  std::set<std::string> told;
  const auto text = document();
  EXPECT_EQ(text["openapi"], "3.1.0");
  for (const auto& [path, methods] : text["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      const bool ours = !operation.contains("x-service");
      if (ours) told.insert(method + " " + path);
    }
  }
  EXPECT_EQ(served, told);
  EXPECT_EQ(api().get("/api/v1/openapi.yaml", "").type, "application/yaml");
}

// M-025, M-170: the roles of the security requirement are the permission, and the text names it.
TEST_F(OpenApi, EveryOperationStatesItsPermission) {
  const auto paths = document()["paths"];
  for (const auto& route : api().router->routes()) {
    const auto path = described(route.pattern);
    const auto method = to_lower(http::to_string(route.method));
    const auto& operation = paths[path][method];
    const auto& permission = route.access.permission;
    const Json expected =
        route.access.open ? Json::array() : Json::array({{{"bearer", {permission}}}});
    EXPECT_EQ(operation.value("security", Json()), expected)
        << method << " " << path << " " << permission;
    EXPECT_EQ(operation.value("x-scoped", false), route.access.scoped) << method << " " << path;
    EXPECT_EQ(operation.value("x-bulk", false), route.access.bulk) << method << " " << path;
    if (route.access.open) continue;
    EXPECT_NE(operation.value("description", "").find("`" + permission + "`"), std::string::npos)
        << method << " " << path << " " << permission;
  }
}

// tools/openapi brings the file up to date.
TEST_F(OpenApi, TheFileHasTheSettingsOfEveryKind) {
  const auto file = Json::parse(openapi_text())["components"]["schemas"];
  const Json components = check_components({});
  for (const auto& [name, schema] : components.items()) {
    EXPECT_EQ(nlohmann::json::parse(file[name].dump()), nlohmann::json::parse(schema.dump()));
  }
}

TEST_F(OpenApi, AnswersAreAsDescribed) {
  document_ = document();
  post("/api/v1/instances", {{"hostname", "described.example.org"}}, "Instance");
  const auto pair = described_pair();
  post("/api/v1/groups", {{"name", "described"}, {"description", "all"}}, "Group");
  get("/api/v1/groups", "GroupPage");
  post("/api/v1/relations",
       {{"kind", "runs-on"}, {"instance_id", pair.first}, {"target_id", pair.second}}, "Relation");
  get("/api/v1/relations", "RelationPage");
  post("/api/v1/servers", {{"hostname", "described-2.example.org"}}, "Server");
  post("/api/v1/checks", {{"kind", "http"}, {"target", "http://a.example"}}, "Check");
  post("/api/v1/checks/test",
       {{"kind", "tls"}, {"target", "a.example:443"}, {"timeout_seconds", 1}}, "CheckTest");
  post("/api/v1/rules", {{"name", "r"}, {"kind", "threshold"}, {"expr", "a > 1"}}, "Rule");
  const auto channel =
      post("/api/v1/channels", {{"name", "c"}, {"kind", "email"}, {"address", "a@b.example"}},
           "Channel");
  post("/api/v1/channels/" + channel.json["id"].get<std::string>() + "/test", nullptr,
       "ChannelTest");
  post("/api/v1/subscriptions", {{"channel_id", channel.json["id"]}}, "Subscription");
  post("/api/v1/report-schedules", {{"name", "s"}, {"at", "07:30"}}, "ReportSchedule");
  post("/api/v1/reports", {{"from", "2026-01-01T00:00:00Z"}, {"to", "2026-01-02T00:00:00Z"}},
       "Report");
  post("/api/v1/tokens", {{"name", "t"}, {"scopes", {"read"}}}, "Token");
  post("/api/v1/enrolment-tokens", {{"name", "e"}}, "EnrolmentToken");
  post("/api/v1/stream/tickets", nullptr, "Ticket");
  get("/api/v1/me", "User");
  get("/api/v1/me/sessions", "OwnSessionPage");
  get("/api/v1/me/totp", "TotpState");
  post("/api/v1/users/invitations", {{"email", "described@example.org"}}, "Invitation");
  get("/api/v1/users/invitations", "InvitationPage");
  get("/api/v1/users", "UserPage");
  get("/api/v1/tokens", "TokenPage");
  get("/api/v1/servers", "ServerPage");
  get("/api/v1/instances", "InstancePage");
  get("/api/v1/checks", "CheckPage");
  get("/api/v1/check-types", "CheckTypeList");
  get("/api/v1/rules", "RulePage");
  get("/api/v1/rule-templates", "RuleTemplateList");
  post("/api/v1/rules/import", {{"groups", {{{"name", "described"}}}}}, "RuleImport");
  post("/api/v1/rules/replay",
       {{"rule", {{"name", "r"}, {"kind", "threshold"}, {"expr", "a > 1"}}},
        {"from", "2026-01-01T00:00:00Z"},
        {"to", "2026-01-01T01:00:00Z"}},
       "RuleReplay");
  get("/api/v1/channels", "ChannelPage");
  get("/api/v1/subscriptions", "SubscriptionPage");
  post("/api/v1/drills", nullptr, "Drill");
  get("/api/v1/drills", "DrillPage");
  get("/api/v1/drills/schedule", "DrillSchedule");
  get("/api/v1/report-schedules", "ReportSchedulePage");
  get("/api/v1/reports", "ReportPage");
  post("/api/v1/config/plan", {{"groups", {{{"name", "described-as-well"}}}}}, "ConfigChanges");
  get("/api/v1/overview", "Overview");
  get("/api/v1/audit", "AuditPage");
  get("/api/v1/audit/verification", "AuditVerification");
  check({{"$ref", "#/components/schemas/Health"}}, api().get("/health", "").json, "Health");
  check({{"$ref", "#/components/schemas/Problem"}},
        api().get("/api/v1/nothing", api().admin()).json, "Problem");
}

TEST_F(OpenApi, AnswersAboutIncidentsAndMaintenanceAreAsDescribed) {
  document_ = document();
  const auto incident = told_incident();
  EXPECT_EQ(acknowledge(incident, {{"comment", "on it"}}).status, 200);
  EXPECT_LT(api().post(path(incident, "/notes"), api().admin(), {{"text", "a cable"}}).status, 300);
  get(path(incident), "Incident");
  get("/api/v1/incidents", "IncidentPage");
  get("/api/v1/incidents/summary", "IncidentSummary");
  get("/api/v1/alerts", "AlertPage");
  get("/api/v1/alerts/" + incident.alert_id.str() + "/explain", "Explanation");
  const Json times = {{"rrule", "FREQ=WEEKLY;BYDAY=SU"},
                      {"start", "2026-11-22T02:00:00"},
                      {"duration_seconds", 7200},
                      {"time_zone", "Europe/Berlin"}};
  post("/api/v1/maintenance-windows/preview", {{"recurrence", times}}, "MaintenanceTimes");
  post("/api/v1/maintenance-windows",
       {{"name", "w"}, {"selector", {{"a", "b"}}}, {"recurrence", times}}, "MaintenanceWindow");
  get("/api/v1/maintenance-windows", "MaintenanceWindowPage");
  const auto made = api().post("/api/v1/checks", api().admin(),
                               {{"kind", "tcp"}, {"name", "p"}, {"target", "127.0.0.1:9"}});
  const auto id = made.json["id"].get<std::string>();
  post("/api/v1/dependencies", {{"name", "d"}, {"children", {{"a", "b"}}}, {"parents", {id}}},
       "Dependency");
  get("/api/v1/dependencies", "DependencyPage");
  get("/api/v1/checks/" + id, "Check");
  get("/api/v1/checks/" + id + "/explain", "CheckExplanation");
  get("/api/v1/checks/" + id + "/events", "CheckEventPage");
  EXPECT_EQ(api().ask(http::Method::delete_, "/api/v1/checks/" + id, api().admin()).status, 204);
}

}  // namespace
}  // namespace monitron::api
