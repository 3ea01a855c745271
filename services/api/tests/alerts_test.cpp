// The list of what fires now and may soon.

#include "alertmanager/client.hpp"
#include "incident_scene.hpp"
#include "store/silenced.hpp"

namespace monitron::api {
namespace {

using http::Method;

struct StagedAlert {
  std::string rule;  // id
  std::string title;
  std::string state = "firing";
  int age_s = 0;
  std::string value = "1";
  std::string held = "null";  // JSON
  std::string incident{};     // id
};

class Alerts : public IncidentTest {
 protected:
  std::string rule(const std::string& severity) {
    const auto made = api().post("/api/v1/rules", api().admin(),
                                 {{"name", scene_ + " " + severity},
                                  {"kind", "promql"},
                                  {"expr", "never > 1"},
                                  {"severity", severity},
                                  {"enabled", false}});
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json["id"];
  }
  void stage(const StagedAlert& alert) {
    change([&](pqxx::work& tx) {
      tx.exec_params0(
          "INSERT INTO alert_states VALUES ($1, $2, $3, $4, $5, 'seen', $6, $7::float8, "
          "now() - make_interval(secs => $8), nullif($9, '')::uuid, nullif($10, 'null')::jsonb)",
          Uuid::make().str(), alert.rule, "series:" + alert.title, alert.state, alert.title,
          Json{{"scene", scene_}, {"thing", alert.title}}.dump(), alert.value, alert.age_s,
          alert.incident, alert.held);
    });
  }
  std::vector<Json> list(const std::string& query = "", int limit = 2) {
    std::vector<Json> found;
    std::string cursor;
    do {
      const auto page = api().get("/api/v1/alerts?label=scene:" + scene_ +
                                      "&limit=" + std::to_string(limit) + query + cursor,
                                  api().viewer());
      EXPECT_EQ(page.status, 200) << page.text;
      for (const auto& item : page.json["items"]) found.push_back(item);
      const auto& next = page.json["next_cursor"];
      cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
    } while (!cursor.empty());
    return found;
  }
  std::vector<std::string> titles(const std::string& query = "") {
    std::vector<std::string> found;
    for (const auto& item : list(query)) found.push_back(item["title"]);
    return found;
  }
  std::string scene_ = Uuid::make().str();
};

using Titles = std::vector<std::string>;

// M-047.
TEST_F(Alerts, TheWorstIsFirstHoweverManyThereAre) {
  const auto critical = rule("critical"), warning = rule("warning"), info = rule("info");
  const auto* held =
      R"({"kind":"maintenance","id":"01a202c3-478c-7948-b196-fb4725e85c01","name":"w","text":"w"})";
  const auto before = api().get("/api/v1/overview", api().viewer()).json["alerts"];
  stage({.rule = critical, .title = "soon", .state = "pending", .age_s = 1});
  stage({.rule = critical, .title = "held", .age_s = 2, .held = held});
  stage({.rule = info, .title = "low", .age_s = 1});
  stage({.rule = warning, .title = "middle", .age_s = 3});
  stage({.rule = critical, .title = "old", .age_s = 500});
  stage({.rule = critical, .title = "new", .age_s = 5});
  stage({.rule = critical, .title = "twin", .age_s = 5});
  const auto counts = api().get("/api/v1/overview", api().viewer()).json["alerts"];
  EXPECT_EQ(counts["firing"].get<int>() - before["firing"].get<int>(), 5);
  EXPECT_EQ(counts["suppressed"].get<int>() - before["suppressed"].get<int>(), 1);
  EXPECT_EQ(counts["pending"].get<int>() - before["pending"].get<int>(), 1);
  const auto all = titles();
  ASSERT_EQ(all.size(), 7u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.begin() + 2),
            (std::set<std::string>{"new", "twin"}));
  EXPECT_EQ(Titles(all.begin() + 2, all.end()), (Titles{"old", "middle", "low", "held", "soon"}));
  EXPECT_EQ(titles("&state=pending"), Titles{"soon"});
  EXPECT_EQ(titles("&severity=warning"), Titles{"middle"});
  EXPECT_EQ(titles("&rule_id=" + info), Titles{"low"});
  EXPECT_EQ(titles("&q=IDDL"), Titles{"middle"});
  EXPECT_EQ(titles("&q=" + scene_ + "%20info"), Titles{"low"});
  EXPECT_EQ(titles("&q=%25"), Titles{});
}

TEST_F(Alerts, ArePagedThroughWithoutLossWhenAllBeganAtOnce) {
  const auto warning = rule("warning");
  for (int i = 0; i < 7; ++i) stage({.rule = warning, .title = std::to_string(i)});
  change([&](pqxx::work& tx) {
    tx.exec_params0("UPDATE alert_states SET active_since = now() WHERE rule_id = $1", warning);
  });
  const auto all = titles();
  EXPECT_EQ(all.size(), 7u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 7u);
}

TEST_F(Alerts, SayWhoIsAtThem) {
  const auto critical = rule("critical");
  StagedIncident incident;
  open(incident);
  stage({.rule = critical, .title = "taken", .incident = incident.id.str()});
  stage({.rule = critical, .title = "untouched", .age_s = 9});
  ASSERT_TRUE(list()[0]["acknowledgement"].is_null());
  ASSERT_EQ(acknowledge(incident, {{"comment", "on it"}}).status, 200);
  const auto after = list();
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0]["acknowledgement"], get(incident)["acknowledgement"]);
  EXPECT_EQ(after[0]["acknowledgement"]["by"], "Administrator");
  EXPECT_TRUE(after[1]["acknowledgement"].is_null());
}

// M-072: alerts, incidents and counts agree, without Alertmanager being asked.
TEST_F(Alerts, SayThatTheyAreSilenced) {
  const auto critical = rule("critical");
  StagedIncident incident;
  incident.labels = {{"scene", scene_}, {"thing-name", "disk"}};
  open(incident);
  stage({.rule = critical, .title = "silent", .age_s = 1});
  stage({.rule = critical, .title = "loud", .age_s = 9});
  stage({.rule = critical, .title = "later", .state = "pending"});
  const auto counts = [&] { return api().get("/api/v1/overview", api().viewer()).json["alerts"]; };
  const auto before = counts();
  const auto knows = [&](const std::vector<alertmanager::Matcher>& matchers, Instant ends_at) {
    const alertmanager::Silence silence{.id = "s1",
                                        .matchers = matchers,
                                        .starts_at = system_clock().now() - std::chrono::hours(1),
                                        .ends_at = ends_at,
                                        .created_by = "joe",
                                        .comment = "new disks",
                                        .state = "active"};
    change([&](pqxx::work& tx) {
      store::put_known_silences(tx, alertmanager::text_of(std::vector{silence}));
    });
  };
  const auto soon = system_clock().now() + std::chrono::hours(1);
  knows({{"alertname", scene_ + " critical", false, true},
         {"scene", scene_, false, true},
         {"thing", "silent|later", true, true}},
        soon);
  const auto all = list();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0]["silenced_by"], Json({{"id", "s1"},
                                         {"created_by", "joe"},
                                         {"ends_at", to_rfc3339(soon)},
                                         {"comment", "new disks"}}));
  EXPECT_TRUE(all[1]["silenced_by"].is_null()) << all[1];
  EXPECT_FALSE(all[2]["silenced_by"].is_null());
  EXPECT_TRUE(get(incident)["silenced_by"].is_null());
  EXPECT_EQ(counts()["firing"], before["firing"].get<int>() - 1);
  EXPECT_EQ(counts()["silenced"], before["silenced"].get<int>() + 1);
  EXPECT_EQ(counts()["pending"], before["pending"]);

  knows({{"thing_name", "disk", false, true}}, soon);
  EXPECT_EQ(get(incident)["silenced_by"]["created_by"], "joe") << "names are plain there";
  knows({{"scene", scene_, false, true}}, system_clock().now() - std::chrono::seconds(1));
  EXPECT_TRUE(list()[0]["silenced_by"].is_null()) << "it is over, whoever knows";
  EXPECT_EQ(counts(), before);
}

TEST_F(Alerts, AValueThatIsNoNumberIsNull) {
  const auto warning = rule("warning");
  for (const auto* value : {"NaN", "Infinity", "-Infinity"}) {
    stage({.rule = warning, .title = value, .value = value});
  }
  stage({.rule = warning, .title = "0.5", .value = "0.5"});
  for (const auto& alert : list()) {
    const bool finite = alert["title"] == "0.5";
    EXPECT_EQ(alert["value"], finite ? Json(0.5) : Json(nullptr)) << alert["title"];
  }
}

// While a selector is typed: a slip in it fits nothing.
TEST_F(Alerts, AndChecksThatHaveCertainLabelsAreCounted) {
  stage({.rule = rule("warning"), .title = "a"});
  stage({.rule = rule("critical"), .title = "b"});
  const auto made = api().post("/api/v1/checks", api().admin(),
                               {{"kind", "tcp"},
                                {"name", scene_ + " port"},
                                {"target", "127.0.0.1:9"},
                                {"labels", {{"scene", scene_}}}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto count = [&](Json selector) {
    const auto answer = api().post("/api/v1/selectors/preview", api().viewer(),
                                   {{"selector", std::move(selector)}});
    EXPECT_EQ(answer.status, 200) << answer.text;
    return std::pair(answer.json["checks"].get<int>(), answer.json["alerts"].get<int>());
  };
  EXPECT_EQ(count({{"scene", scene_}}), std::pair(1, 2));
  EXPECT_EQ(count({{"scene", scene_}, {"severity", "critical"}}), std::pair(0, 1));
  EXPECT_EQ(count({{"scene", scene_}, {"alertname", scene_ + " warning"}}), std::pair(0, 1));
  EXPECT_EQ(count({{"check", scene_ + " port"}}), std::pair(1, 0));
  EXPECT_EQ(count({{"sceene", scene_}}), std::pair(0, 0));
  EXPECT_EQ(fields_of(api().post("/api/v1/selectors/preview", api().viewer(),
                                 {{"selector", {{"a", 1}}}, {"name", "x"}})),
            (Names{"selector.a", "name"}));
  api().ask(Method::delete_, "/api/v1/checks/" + made.json["id"].get<std::string>(), api().admin());
}

TEST_F(Alerts, NameTheParameterThatIsWrong) {
  for (const auto* query : {"state=acknowledged", "severity=bad", "rule_id=1", "label=!x",
                            "colour=red", "limit=0", "cursor=eA"}) {
    const auto answer = api().get(std::string("/api/v1/alerts?") + query, api().viewer());
    EXPECT_EQ(answer.status, 400) << query;
    const std::string text = query;
    EXPECT_EQ(fields_of(answer), Names{text.substr(0, text.find('='))});
  }
}

}  // namespace
}  // namespace monitron::api
