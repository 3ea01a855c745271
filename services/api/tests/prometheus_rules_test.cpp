// Rules and alerts as Grafana's data source asks for them (M-047).

#include "suite.hpp"

#include <algorithm>
#include <pqxx/pqxx>

namespace monitron::api {
namespace {

class PrometheusRules : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    if (IsSkipped()) return;
    const auto made =
        api().post("/api/v1/rules", api().admin(),
                   {{"name", kName},
                    {"kind", "promql"},
                    {"expr", "sum by (queue) (jobs_waiting) > 100"},
                    {"for_seconds", 60},
                    {"interval_seconds", 15},
                    {"severity", "critical"},
                    {"labels", {{"team", "shop"}}},
                    {"annotations", {{"runbook", "https://wiki.example/{{ $labels.queue }}"}}}});
    ASSERT_EQ(made.status, 201) << made.text;
    id_ = made.json["id"];
  }
  void TearDown() override {
    if (id_.empty()) return;
    sql("DELETE FROM alert_states WHERE rule_id = '" + id_ + "'");
    EXPECT_EQ(api().ask(http::Method::delete_, "/api/v1/rules/" + id_, api().admin()).status, 204);
  }
  static void sql(const std::string& text) {
    ASSERT_TRUE(suite().database->transact([&](pqxx::work& tx) { tx.exec(text); }));
  }
  // As the notifier remembers it.
  void alert(const std::string& queue, const std::string& state) {
    sql("INSERT INTO alert_states VALUES (gen_random_uuid(), '" + id_ + "', 'series:" + queue +
        "', '" + state + "', 'Queue long', 'The queue is 140 long', '{\"queue\": \"" + queue +
        "\", \"team\": \"shop\"}', 140, '2026-01-02 03:04:05Z', NULL)");
  }
  Answer get(const std::string& path) {
    return api().get("/prometheus/api/v1" + path, api().viewer());
  }
  // Of all rules the one that this test made.
  Json rule() {
    const auto answer = get("/rules?rule_name[]=Queue%20long");
    EXPECT_EQ(answer.json["status"], "success") << answer.text;
    const auto& groups = answer.json["data"]["groups"];
    EXPECT_EQ(groups.size(), 1u) << answer.text;
    EXPECT_EQ(groups[0]["rules"].size(), 1u) << answer.text;
    EXPECT_EQ(groups[0]["interval"], 15);
    return groups[0]["rules"][0];
  }

  static constexpr const char* kName = "Queue long";
  std::string id_;
};

TEST_F(PrometheusRules, ARuleSaysWhatItAsksAndHowItIs) {
  auto shown = rule();
  EXPECT_EQ(shown["type"], "alerting");
  EXPECT_EQ(shown["state"], "inactive");
  EXPECT_EQ(shown["query"], "sum by (queue) (jobs_waiting) > 100");
  EXPECT_EQ(shown["duration"], 60);
  EXPECT_EQ(shown["labels"], (Json{{"severity", "critical"}, {"team", "shop"}}));
  EXPECT_EQ(shown["annotations"], (Json{{"runbook", "https://wiki.example/{{ $labels.queue }}"}}));
  EXPECT_EQ(shown["alerts"], Json::array());

  alert("mail", "pending");
  EXPECT_EQ(rule()["state"], "pending");
  alert("print", "firing");
  shown = rule();
  EXPECT_EQ(shown["state"], "firing");
  EXPECT_EQ(shown["alerts"].size(), 2u);
}

// As the notifier in charge notes it, in both APIs.
TEST_F(PrometheusRules, ARuleSaysHowItIsEvaluated) {
  const auto ours = [&] { return api().get("/api/v1/rules/" + id_, api().viewer()).json; };
  const auto listed = [&] {
    const auto all = api().get("/api/v1/rules?limit=1000", api().viewer());
    for (const auto& one : all.json["items"]) {
      if (one["id"] == id_) return one;
    }
    return Json();
  };
  EXPECT_EQ(rule()["health"], "unknown");
  EXPECT_EQ(rule()["lastEvaluation"], "0001-01-01T00:00:00Z");
  EXPECT_EQ(rule().count("lastError"), 0U);
  EXPECT_EQ(ours()["health"], "unknown");
  EXPECT_TRUE(ours()["last_evaluation_at"].is_null());
  sql("INSERT INTO rule_evaluations VALUES ('" + id_ + "', 1, now(), 0.25)");
  EXPECT_EQ(rule()["health"], "ok");
  EXPECT_EQ(rule()["evaluationTime"], 0.25);
  EXPECT_EQ(ours()["health"], "ok");
  EXPECT_EQ(ours()["evaluation_seconds"], 0.25);
  EXPECT_EQ(ours()["last_evaluation_at"], rule()["lastEvaluation"]);
  EXPECT_EQ(listed(), ours());
  sql("UPDATE rule_evaluations SET problem = 'too many samples'");
  EXPECT_EQ(rule()["health"], "err");
  EXPECT_EQ(rule()["lastError"], "too many samples");
  EXPECT_EQ(ours()["last_error"], "too many samples");
  // It is no longer evaluated, and does not say that all is well.
  sql("UPDATE rule_evaluations SET problem = '', waits_for = 'nothing arrives', evaluated_at = "
      "now() - interval '1 hour'");
  EXPECT_EQ(rule()["health"], "unknown");
  EXPECT_EQ(ours()["waits_for"], "nothing arrives");
  // What is sent back as it was read changes nothing; what was noted was of another version.
  sql("UPDATE rule_evaluations SET evaluated_at = now()");
  EXPECT_EQ(ours()["health"], "ok");
  const auto changed = api().ask(http::Method::put, "/api/v1/rules/" + id_, api().admin(), ours());
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json["health"], "unknown");
}

TEST_F(PrometheusRules, AlertsCarryTheLabelsThatAlertmanagerGets) {
  alert("print", "firing");
  Json mine;
  const auto alerts = get("/alerts");
  for (const auto& one : alerts.json["data"]["alerts"]) {
    if (one["labels"]["alertname"] == kName) mine = one;
  }
  ASSERT_TRUE(mine.is_object()) << alerts.text;
  EXPECT_EQ(mine["state"], "firing");
  EXPECT_EQ(mine["value"], "1.4e+02");
  EXPECT_EQ(mine["activeAt"], "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(
      mine["labels"],
      (Json{{"alertname", kName}, {"queue", "print"}, {"severity", "critical"}, {"team", "shop"}}));
  EXPECT_EQ(mine["annotations"]["runbook"], "https://wiki.example/print");
  const auto ours = api().get("/api/v1/alerts?limit=1000", api().admin());
  const auto shown = std::find_if(ours.json["items"].begin(), ours.json["items"].end(),
                                  [](const auto& one) { return one["rule_name"] == kName; });
  ASSERT_NE(shown, ours.json["items"].end());
  EXPECT_EQ((*shown)["annotations"], (Json{{"runbook", "https://wiki.example/print"}}));
}

TEST_F(PrometheusRules, AreInTheGroupThatTheirFileNames) {
  const auto group_of = [&](const std::string& asked) {
    const auto groups = get("/rules?" + asked).json["data"]["groups"];
    EXPECT_EQ(groups.size(), 1u) << groups;
    return groups.empty() ? "" : groups[0]["name"].get<std::string>();
  };
  EXPECT_EQ(group_of("rule_name[]=Queue%20long"), "monitron 15s");
  const auto imported = api().send(http::Method::post, "/api/v1/rules/import", api().admin(), R"(
groups:
  - name: printers
    interval: 40s
    rules:
      - {alert: PrinterIsOut, expr: paper < 1}
)",
                                   {{"Content-Type", "application/yaml"}});
  ASSERT_EQ(imported.status, 200) << imported.text;
  EXPECT_EQ(group_of("rule_name[]=PrinterIsOut"), "printers");
  EXPECT_EQ(get("/rules?rule_group[]=printers").json["data"]["groups"][0]["rules"][0]["name"],
            "PrinterIsOut");
  EXPECT_EQ(get("/rules?rule_group[]=promql%2040s").json["data"]["groups"], Json::array());
  sql("DELETE FROM rules WHERE name = 'PrinterIsOut'");
}

TEST_F(PrometheusRules, AreAskedForByNameGroupAndType) {
  alert("print", "firing");
  EXPECT_EQ(get("/rules?type=record").json["data"]["groups"], Json::array());
  EXPECT_EQ(get("/rules?file[]=other").json["data"]["groups"], Json::array());
  EXPECT_EQ(get("/rules?rule_name[]=nothing").json["data"]["groups"], Json::array());
  const auto without = get("/rules?exclude_alerts=true&rule_name[]=Queue%20long");
  EXPECT_EQ(without.json["data"]["groups"][0]["rules"][0]["alerts"], Json::array());
  const auto wrong = get("/rules?type=other");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.json["errorType"], "bad_data");
  EXPECT_EQ(api().get("/prometheus/api/v1/rules", "").status, 401);
}

}  // namespace
}  // namespace monitron::api
