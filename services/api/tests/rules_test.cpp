// What rules say beyond their condition, as it is taken, kept and refused.

#include "suite.hpp"

namespace monitron::api {
namespace {

using http::Method;
using Names = std::set<std::string>;

class Rules : public ApiTest {
 protected:
  Answer make(const Json& body) { return api().post("/api/v1/rules", api().admin(), body); }
  Names refused(Json body, const std::string& field, const Json& value) {
    body[field] = value;
    const auto answer = make(body);
    EXPECT_EQ(answer.status, 400) << answer.text;
    Names names;
    for (const auto& error : answer.json["errors"]) names.insert(error["field"]);
    return names;
  }

  const std::string tag_ = Uuid::make().str();  // no two tests make rules of one name
  const Json promql_ = {{"name", "busy " + tag_}, {"kind", "promql"}, {"expr", "load > 8"}};
  const Json state_ = {{"name", "shop " + tag_}, {"kind", "check_state"}};
};

TEST_F(Rules, HaveDefaults) {
  const auto made = make(promql_);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["keep_firing_for_seconds"], 0);
  EXPECT_EQ(made.json["no_data"], "ok");
  EXPECT_EQ(made.json["states"], Json::array({"down"}));
  EXPECT_EQ(made.json["record"], "");
  EXPECT_EQ(made.json["group_name"], "");
}

TEST_F(Rules, KeepWhatTheyAreTold) {
  auto body = promql_;
  body.update({{"keep_firing_for_seconds", 300}, {"no_data", "alert"}, {"group_name", "shop"}});
  auto made = make(body);
  ASSERT_EQ(made.status, 201) << made.text;
  const auto path = "/api/v1/rules/" + made.json["id"].get<std::string>();
  const auto patched =
      api().ask(Method::patch, path, api().admin(), {{"keep_firing_for_seconds", 600}});
  EXPECT_EQ(patched.status, 200) << patched.text;
  body["keep_firing_for_seconds"] = 600;
  auto read = api().get(path, api().viewer()).json;
  for (const auto& [name, value] : body.items()) EXPECT_EQ(read[name], value) << name;

  auto state = state_;
  state["states"] = {"unknown", "flapping"};
  made = make(state);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["states"], state["states"]);
}

TEST_F(Rules, AreRefusedWithTheFieldAndTheReason) {
  EXPECT_EQ(refused(promql_, "keep_firing_for_seconds", 604'801),
            (Names{"keep_firing_for_seconds"}));
  EXPECT_EQ(refused(promql_, "keep_firing_for_seconds", -1), (Names{"keep_firing_for_seconds"}));
  EXPECT_EQ(refused(promql_, "no_data", "page"), (Names{"no_data"}));
  auto bare = promql_;
  bare["expr"] = "sum(load)";
  EXPECT_EQ(refused(bare, "no_data", "keep"), (Names{"no_data"}));
  EXPECT_EQ(refused(promql_, "states", {"unknown"}), (Names{"states"}));
  EXPECT_EQ(refused(promql_, "record", "a:b"), (Names{"record"}));
  EXPECT_EQ(refused(promql_, "group_name", std::string(201, 'g')), (Names{"group_name"}));
  EXPECT_EQ(refused(state_, "no_data", "keep"), (Names{"no_data"}));
  EXPECT_EQ(refused(state_, "states", Json::array()), (Names{"states"}));
  EXPECT_EQ(refused(state_, "states", {"down", "sad"}), (Names{"states[1]"}));
  EXPECT_EQ(refused(state_, "states", {"down", "unknown", "down"}), (Names{"states[2]"}));
}

// M-003
// What an alert has of its rule cannot be said another way; what was taken over so may stay.
TEST_F(Rules, SeverityAndNameAreNoLabels) {
  for (const auto* name : {"severity", "alertname"}) {
    const auto field = std::string("labels.") + name;
    EXPECT_EQ(refused(promql_, "labels", {{name, "critical"}}), Names{field});
    const auto made = make(promql_);
    ASSERT_EQ(made.status, 201) << made.text;
    const auto path = "/api/v1/rules/" + made.json["id"].get<std::string>();
    const auto patch = [&](const Json& body) {
      return api().ask(Method::patch, path, api().admin(), body);
    };
    EXPECT_EQ(fields_of(patch({{"labels", {{name, "critical"}}}})), Names{field});
    ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
      tx.exec_params0("UPDATE rules SET labels = $1 WHERE id = $2", Json{{name, "critical"}}.dump(),
                      made.json["id"].get<std::string>());
    }));
    EXPECT_EQ(patch({{"enabled", false}}).status, 200);
    EXPECT_EQ(fields_of(patch({{"labels", {{name, "info"}}}})), Names{field});
    EXPECT_EQ(patch({{"labels", Json::object()}}).status, 200);  // merges nothing
    EXPECT_EQ(patch({{"labels", {{name, nullptr}}}}).status, 200);
  }
  auto recording = promql_;
  recording.update(
      {{"kind", "recording"}, {"record", "load:max"}, {"labels", {{"severity", "x"}}}});
  const auto made = make(recording);
  ASSERT_EQ(made.status, 201) << made.text;
  const auto path = "/api/v1/rules/" + made.json["id"].get<std::string>();
  EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
}

TEST_F(Rules, OnAnomaliesSayWhatIsUnusual) {
  const Json body = {{"name", "odd"}, {"kind", "anomaly"}, {"expr", "node_load1"}};
  auto made = make(body);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["season"], "week");
  EXPECT_EQ(made.json["direction"], "both");
  EXPECT_EQ(made.json["sensitivity"], 3);
  EXPECT_EQ(made.json["min_change"], 0);
  EXPECT_EQ(made.json["min_history_seconds"], 21'600);
  const auto path = "/api/v1/rules/" + made.json["id"].get<std::string>();
  const Json change = {{"season", "day"}, {"direction", "down"}, {"sensitivity", 3.5}};
  const auto patched = api().ask(Method::patch, path, api().admin(), change);
  ASSERT_EQ(patched.status, 200) << patched.text;
  for (const auto& [name, value] : change.items()) EXPECT_EQ(patched.json[name], value) << name;

  EXPECT_EQ(refused(body, "sensitivity", 0.5), (Names{"sensitivity"}));
  EXPECT_EQ(refused(body, "sensitivity", "much"), (Names{"sensitivity"}));
  EXPECT_EQ(refused(body, "season", "year"), (Names{"season"}));
  EXPECT_EQ(refused(body, "min_history_seconds", 60), (Names{"min_history_seconds"}));
  EXPECT_EQ(refused(body, "expr", "node_load1["), (Names{"expr"}));
  EXPECT_EQ(refused(promql_, "sensitivity", 4), (Names{"sensitivity"}));
}

TEST_F(Rules, TextsMayHaveLabelsAndTheValueInThem) {
  auto body = promql_;
  const std::string text = "{{ $labels.instance }} is at {{ $value | humanize }}";
  body["annotations"] = {{"summary", text}};
  body["labels"] = {{"team", "{{ .Labels.team | toLower }}"}};
  const auto made = make(body);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["annotations"]["summary"], text);
}

// S4 of the requirements on security: what people write in a text runs no logic.
TEST_F(Rules, TextsWithLogicInThemAreRefusedByName) {
  auto body = promql_;
  body["annotations"] = {{"summary", "{{ range query \"up\" }}{{ end }}"}, {"a", "{b}"}};
  const auto answer = make(body);
  EXPECT_EQ(answer.status, 400);
  ASSERT_EQ(answer.json["errors"].size(), 1u) << answer.text;
  EXPECT_EQ(answer.json["errors"][0]["field"], "annotations.summary");
  const std::string message = answer.json["errors"][0]["message"];
  EXPECT_EQ(message.find("\"range\" cannot be used here"), 0u) << message;
  EXPECT_EQ(refused(promql_, "labels", {{"team", "{{ $value | title }}"}}), (Names{"labels.team"}));
}

TEST_F(Rules, ThatRecordMakeSeriesAndNoAlerts) {
  const Json body = {{"name", "load of hosts"},   {"kind", "recording"},
                     {"record", "host:load:sum"}, {"expr", "sum by (host) (load)"},
                     {"interval_seconds", 30},    {"labels", {{"team", "{{ shop }}"}}}};
  const auto made = make(body);
  ASSERT_EQ(made.status, 201) << made.text;
  for (const auto& [name, value] : body.items()) EXPECT_EQ(made.json[name], value) << name;
  EXPECT_EQ(refused(body, "record", ""), (Names{"record"}));
  EXPECT_EQ(refused(body, "record", "1a"), (Names{"record"}));
  EXPECT_EQ(refused(body, "record", "a-b"), (Names{"record"}));
  EXPECT_EQ(refused(body, "expr", "load["), (Names{"expr"}));
  EXPECT_EQ(refused(body, "for_seconds", 1), (Names{"for_seconds"}));
  EXPECT_EQ(refused(body, "severity", "critical"), (Names{"severity"}));
  EXPECT_EQ(refused(body, "no_data", "alert"), (Names{"no_data"}));
  EXPECT_EQ(refused(body, "annotations", {{"a", "b"}}), (Names{"annotations"}));
  EXPECT_EQ(refused(body, "labels", {{"__name__", "b"}}), (Names{"labels.__name__"}));

  const auto shown = api().get("/prometheus/api/v1/rules?type=record", api().viewer()).json;
  ASSERT_EQ(shown["data"]["groups"].size(), 1U) << shown;
  const auto& one = shown["data"]["groups"][0];
  EXPECT_EQ(one["name"], "monitron 30s");
  EXPECT_EQ(one["rules"][0]["name"], "host:load:sum");
  EXPECT_EQ(one["rules"][0]["type"], "recording");
}

}  // namespace
}  // namespace monitron::api
