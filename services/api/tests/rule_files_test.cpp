// Rule files of Prometheus, replay, templates.

#include "contracts/telemetry.hpp"
#include "rules/rule_templates.hpp"
#include "series/writer.hpp"
#include "suite.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr std::int64_t kReplayed = 1'710'000'000;

std::string at(int place) { return to_rfc3339(from_ms((kReplayed + 30ll * place) * 1000)); }

class RuleFiles : public ApiTest {
 protected:
  Answer import(const std::string& yaml, const std::string& query = "") {
    return api().send(http::Method::post, "/api/v1/rules/import" + query, api().admin(), yaml,
                      {{"Content-Type", "application/yaml"}});
  }
  // "created A, updated B …"
  static std::string told(const Answer& answer) {
    std::string text;
    for (const auto& item : answer.json["items"]) {
      text += (text.empty() ? "" : ", ") + item["action"].get<std::string>() + " " +
              item["name"].get<std::string>();
    }
    return text;
  }
  Json rule(const Answer& answer, std::size_t place) {
    const auto id = answer.json["items"][place]["rule_id"].get<std::string>();
    return api().get("/api/v1/rules/" + id, api().admin()).json;
  }
  std::size_t audited() {
    const auto rows = api().get("/api/v1/audit?limit=1000", api().admin()).json["items"];
    return static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(), [](const Json& row) { return row["action"] == "rule.import"; }));
  }
};

constexpr const char* kFile = R"(
groups:
  - name: shop
    interval: 30s
    rules:
      - alert: Slow
        expr: shop_seconds > 2
        for: 1h30m
        keep_firing_for: 5m
        labels: {severity: page, team: shop}
        annotations: {summary: "{{ $labels.instance }} is at {{ $value }}"}
      - alert: Slow
        expr: shop_seconds > 5
        labels: {severity: critical}
      - alert: Lost
        expr: absent(shop_seconds)
        labels: {severity: info, team: shop}
)";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

TEST_F(RuleFiles, AreTakenOverAsTheyAre) {
  const auto before = audited();
  const auto dry = import(kFile, "?dry_run=true");
  EXPECT_EQ(dry.status, 200) << dry.text;
  EXPECT_EQ(told(dry), "created Slow, created Slow, created Lost");
  EXPECT_TRUE(dry.json["items"][0]["rule_id"].is_null());
  const auto made = import(kFile);
  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(told(made), "created Slow, created Slow, created Lost");
  ASSERT_EQ(made.json["warnings"].size(), 1U) << made.text;
  EXPECT_EQ(made.json["warnings"][0],
            (Json{{"group", "shop"},
                  {"rule", "Slow"},
                  {"field", "labels.severity"},
                  {"reason", "the label severity is \"page\": critical is taken"}}));
  const auto slow = rule(made, 0);
  EXPECT_EQ(slow["kind"], "promql");
  EXPECT_EQ(slow["expr"], "shop_seconds > 2");
  EXPECT_EQ(slow["for_seconds"], 5400);
  EXPECT_EQ(slow["keep_firing_for_seconds"], 300);
  EXPECT_EQ(slow["interval_seconds"], 30);
  EXPECT_EQ(slow["severity"], "critical");
  EXPECT_EQ(slow["labels"], (Json{{"team", "shop"}}));
  EXPECT_EQ(slow["annotations"]["summary"], "{{ $labels.instance }} is at {{ $value }}");
  EXPECT_EQ(slow["group_name"], "shop");
  EXPECT_EQ(rule(made, 2)["severity"], "info");
  EXPECT_EQ(audited(), before + 1);
}

TEST_F(RuleFiles, TheSameFileAgainChangesNothing) {
  (void)import(kFile);
  const auto before = audited();
  const auto again = import(kFile);
  EXPECT_EQ(told(again), "unchanged Slow, unchanged Slow, unchanged Lost");
  EXPECT_EQ(audited(), before);
}

TEST_F(RuleFiles, AGroupIsAsTheFileHasIt) {
  const auto first = import(kFile);
  const auto stays = first.json["items"][1]["rule_id"];
  const auto changed = first.json["items"][0]["rule_id"].get<std::string>();
  api().ask(http::Method::patch, "/api/v1/rules/" + changed, api().admin(),
            {{"enabled", false}, {"no_data", "keep"}});
  // Rules of another group of the same name, and those made by hand, stay.
  const auto other = import(
      "groups: [{name: other, rules: [{alert: Slow, expr: up, labels: "
      "{severity: info}}]}]");
  EXPECT_EQ(told(other), "created Slow");
  auto yaml = replaced(kFile, "shop_seconds > 2", "shop_seconds > 3");
  yaml = yaml.substr(0, yaml.find("      - alert: Lost"));
  const auto second = import(yaml);
  EXPECT_EQ(told(second), "updated Slow, unchanged Slow, removed Lost");
  EXPECT_EQ(second.json["items"][0]["rule_id"], changed);
  EXPECT_EQ(second.json["items"][1]["rule_id"], stays);
  const auto slow = rule(second, 0);
  EXPECT_EQ(slow["expr"], "shop_seconds > 3");
  EXPECT_EQ(slow["enabled"], false);
  EXPECT_EQ(slow["no_data"], "keep");
  EXPECT_EQ(rule(other, 0)["severity"], "info");
  EXPECT_EQ(told(import("groups: [{name: shop}, {name: other}]")), "removed Slow, removed Slow");
  // What is switched off is in no file.
  EXPECT_EQ(rule(second, 0)["enabled"], false);
  api().ask(http::Method::delete_, "/api/v1/rules/" + changed, api().admin());
}

TEST_F(RuleFiles, IsTheWholeFileOrNothing) {
  const auto bad = import(R"(
groups:
  - name: half
    rules:
      - {alert: Good, expr: up == 0}
      - {alert: Far, expr: up offset 32d == 0, for: 8d}
      - {alert: Text, expr: '"a"'}
)");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(fields_of(bad),
            (Names{"groups[0].rules[1].expr", "groups[0].rules[1].for", "groups[0].rules[2].expr"}))
      << bad.text;
  EXPECT_EQ(api().get("/api/v1/rules/export?group=half", api().admin()).status, 404);
  EXPECT_EQ(fields_of(import("groups: [{name: a, rulez: []}]")), (Names{"groups[0].rulez"}));
  EXPECT_EQ(import("groups: {").status, 400);
  const auto viewer = api().send(http::Method::post, "/api/v1/rules/import", api().viewer(), kFile,
                                 {{"Content-Type", "application/yaml"}});
  EXPECT_EQ(viewer.status, 403);
}

TEST_F(RuleFiles, WhatIsTakenOtherwiseIsAWarning) {
  const auto made = import(R"(
groups:
  - name: strange
    interval: 1500ms
    limit: 5
    query_offset: 1m
    rules:
      - alert: Strange
        expr: count(ALERTS) > 5
        for: 500ms
        labels: {tier: '{{ if $value }}x{{ end }}'}
        annotations: {summary: '{{ range query "up" }}x{{ end }}'}
)",
                           "?dry_run=true");
  std::set<std::string> fields;
  for (const auto& warning : made.json["warnings"]) fields.insert(warning["field"]);
  EXPECT_EQ(fields,
            (std::set<std::string>{"limit", "query_offset", "interval", "expr", "for",
                                   "labels.severity", "labels.tier", "annotations.summary"}))
      << made.text;
}

// A text that cannot be filled in here came with the file, and is nobody's fault who changes the
// rest.
TEST_F(RuleFiles, WhatWasTakenAsItIsWrittenHindersNoChange) {
  const auto made = import(R"(
groups:
  - name: logic
    rules:
      - alert: Long
        expr: queue_length > 100
        labels: {severity: info, tier: '{{ if $value }}x{{ end }}'}
        annotations: {description: '{{ if gt $value 500.0 }}very {{ end }}long'}
)");
  ASSERT_EQ(made.json["warnings"].size(), 2U) << made.text;
  const auto path = "/api/v1/rules/" + made.json["items"][0]["rule_id"].get<std::string>();
  const auto off = api().ask(http::Method::patch, path, api().admin(),
                             {{"enabled", false}, {"annotations", {{"summary", "a queue"}}}});
  EXPECT_EQ(off.status, 200) << off.text;
  EXPECT_EQ(off.json["enabled"], false);
  auto whole = off.json;
  whole["for_seconds"] = 60;
  const auto put = api().ask(http::Method::put, path, api().admin(), whole);
  EXPECT_EQ(put.status, 200) << put.text;
  EXPECT_EQ(put.json["labels"]["tier"], "{{ if $value }}x{{ end }}");
  whole["annotations"]["description"] = "{{ if gt $value 5.0 }}very {{ end }}long";
  whole["labels"]["other"] = whole["labels"]["tier"];
  EXPECT_EQ(fields_of(api().ask(http::Method::put, path, api().admin(), whole)),
            (Names{"labels.other", "annotations.description"}));
  const Json replay = {{"rule", put.json}, {"from", at(0)}, {"to", at(1)}};
  const auto replayed = api().post("/api/v1/rules/replay", api().viewer(), replay);
  EXPECT_EQ(replayed.status, 200) << replayed.text;
}

TEST_F(RuleFiles, WhatIsExportedIsTheSameFileAgain) {
  (void)import(kFile);
  const auto yaml = api().get("/api/v1/rules/export?group=shop", api().admin());
  EXPECT_EQ(yaml.status, 200);
  EXPECT_EQ(yaml.type, "application/yaml");
  const auto again = import(yaml.text);
  EXPECT_EQ(told(again), "unchanged Slow, unchanged Slow, unchanged Lost") << yaml.text;
  EXPECT_TRUE(again.json["warnings"].empty());
  const auto all = api().get("/api/v1/rules/export", api().admin()).text;
  EXPECT_NE(all.find("# Left out"), std::string::npos) << all;
  EXPECT_NE(all.find("name: \"monitron 15s\""), std::string::npos) << all;
}

TEST_F(RuleFiles, WhatIsExportedIsTheSameRulesAgain) {
  const auto made = api().post("/api/v1/rules", api().admin(),
                               {{"name", "Of no group"},
                                {"kind", "threshold"},
                                {"expr", "queue_length{queue=\"a\"} > 54321"},
                                {"label_selector", {{"site", "north"}}},
                                {"interval_seconds", 15}});
  ASSERT_EQ(made.status, 201) << made.text;
  for (const int interval : {20, 40}) {
    const Json rule = {{"name", "In two"},      {"kind", "promql"},
                       {"expr", "up == 0"},     {"interval_seconds", interval},
                       {"group_name", "split"}, {"annotations", {{"a", "b"}}}};
    ASSERT_EQ(api().post("/api/v1/rules", api().admin(), rule).status, 201);
  }
  auto yaml = api().get("/api/v1/rules/export", api().admin()).text;
  const auto again = import(yaml);
  ASSERT_EQ(again.status, 200) << again.text;
  for (const auto& item : again.json["items"]) EXPECT_EQ(item["action"], "unchanged") << item;
  const auto edited = import(replaced(yaml, "} > 54321", "} > 60"));
  std::size_t updated = 0;
  for (const auto& item : edited.json["items"]) {
    if (item["action"] == "unchanged") continue;
    ++updated;
    EXPECT_EQ(item["action"], "updated") << item;
    EXPECT_EQ(item["rule_id"], made.json["id"]);
    EXPECT_EQ(item["group"], "");
  }
  EXPECT_EQ(updated, 1U) << edited.text;
  // A file leaves out what it was not about, and rules of no group are never gone for good.
  EXPECT_EQ(told(import("groups: [{name: \"monitron 15s\"}, {name: split 20s}]")),
            "removed In two");
}

// T-038, T-039, T-040, T-041: they are on; T-042: and can be changed.
TEST_F(RuleFiles, TheDefaultsAreThoseOfTheTemplatesAndCanBeChanged) {
  const auto templates = api().get("/api/v1/rule-templates", api().viewer()).json["items"];
  const std::map<std::string, std::string> defaults = {
      {"cpu_high", "06"},        {"memory_high", "07"},    {"response_time_high", "08"},
      {"error_rate_high", "09"}, {"check_flapping", "10"}, {"certificate_expiry", "11"},
      {"disk_full_soon", "12"},  {"rule_failing", "13"}};
  std::size_t found = 0;
  for (const auto& one : templates) {
    const auto known = defaults.find(one["id"]);
    if (known == defaults.end()) continue;
    ++found;
    auto rule =
        api()
            .get("/api/v1/rules/00000000-0000-7000-8000-0000000000" + known->second, api().admin())
            .json;
    for (const auto& [name, value] : one["rule"].items()) {
      EXPECT_EQ(rule[name], value) << known->first << "." << name;
    }
    EXPECT_EQ(rule["severity"], known->first == "rule_failing" ? "critical" : "warning");
    EXPECT_EQ(rule["enabled"], true);
  }
  EXPECT_EQ(found, defaults.size());
  const std::string cpu = "/api/v1/rules/00000000-0000-7000-8000-000000000006";
  const auto changed = api().ask(http::Method::patch, cpu, api().admin(),
                                 {{"expr", "node_cpu_usage_ratio{core=\"total\"} > 0.95"}});
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(api().get(cpu, api().viewer()).json["expr"],
            "node_cpu_usage_ratio{core=\"total\"} > 0.95");
  api().ask(http::Method::patch, cpu, api().admin(),
            {{"expr", "node_cpu_usage_ratio{core=\"total\"} > 0.8"}});
}

// C-047: thresholds are chosen by number.
TEST_F(RuleFiles, EveryTemplateBecomesARule) {
  for (const auto& one : rules::rule_templates()) {
    const auto made = api().post("/api/v1/rule-templates/" + one.id + "/rules", api().admin(),
                                 {{"enabled", false}});
    EXPECT_EQ(made.status, 201) << one.id << made.text;
    EXPECT_EQ(made.json["name"], one.name);
    EXPECT_EQ(made.json["enabled"], false);
  }
  const auto made = api().post(
      "/api/v1/rule-templates/cpu_high/rules", api().admin(),
      {{"name", "Shop is busy"}, {"parameters", {{"limit", 92.5}}}, {"severity", "info"}});
  EXPECT_EQ(made.json["name"], "Shop is busy");
  // Two of one name would both page, and be one alert at Alertmanager's.
  const auto twice = api().post("/api/v1/rule-templates/cpu_high/rules", api().admin(),
                                {{"name", "Shop is busy"}, {"severity", "info"}});
  EXPECT_EQ(twice.status, 409);
  EXPECT_EQ(fields_of(twice), (Names{"name"})) << twice.text;
  EXPECT_EQ(made.json["expr"], "node_cpu_usage_ratio{core=\"total\"} > 0.925");
  EXPECT_EQ(made.json["severity"], "info");
  const auto unusual = api().post("/api/v1/rule-templates/latency_unusual/rules", api().admin(),
                                  {{"parameters", {{"sensitivity", 5}, {"least", 250}}}});
  EXPECT_EQ(unusual.json["sensitivity"], 5) << unusual.text;
  EXPECT_EQ(unusual.json["min_change"], 0.25);
  EXPECT_EQ(unusual.json["direction"], "up");
  const std::string strangers = "/api/v1/rule-templates/unauthorised_peer/rules";
  const auto guarded = api().post(strangers, api().admin(),
                                  {{"name", "Who may use the shop's database"},
                                   {"parameters", {{"allowed", "10.0.0.0/8 ::1"}}}});
  EXPECT_EQ(guarded.status, 201) << guarded.text;
  EXPECT_NE(guarded.json["expr"].get<std::string>().find("\"10.0.0.0/8\", \"::1\""),
            std::string::npos);
  const auto refused =
      api().post(strangers, api().admin(), {{"parameters", {{"allowed", "db-1"}, {"port", {}}}}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(fields_of(refused), (Names{"parameters.allowed", "parameters.port"})) << refused.text;
  const auto bad = api().post("/api/v1/rule-templates/cpu_high/rules", api().admin(),
                              {{"parameters", {{"limit", 200}, {"x", "y"}}}, {"expr", "up"}});
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(fields_of(bad), (Names{"parameters.limit", "parameters.x", "expr"})) << bad.text;
  EXPECT_EQ(api().post("/api/v1/rule-templates/none/rules", api().admin(), Json::object()).status,
            404);
  EXPECT_EQ(
      api().post("/api/v1/rule-templates/cpu_high/rules", api().viewer(), Json::object()).status,
      403);
}

// Half a minute apart: ten quiet ones, eight high ones, ten quiet ones. Of nobody.
void store_latency(const std::string& database_url) {
  static bool stored = false;
  if (std::exchange(stored, true)) return;
  contracts::Block block;
  block.dictionary = contracts::pack_dictionary(
      {{"replayed_seconds", {{"shop", "north"}}}, {"replayed_seconds", {{"server_id", "7"}}}});
  block.series_count = 2;
  for (int i = 0; i < 28; ++i) {
    const double value = i >= 10 && i < 18 ? 5.0 : 1.0;
    block.frames.push_back({(kReplayed + 30ll * i) * 1000, {value, value}});
  }
  contracts::Batch batch;
  batch.id.seq = 1'710;
  batch.blocks.push_back(std::move(block));
  series::Load load;
  load.batches.push_back(std::move(batch));
  series::Writer writer({.database_url = database_url, .application_name = "replay test"});
  ASSERT_TRUE(writer.write(load));
}

class RuleReplay : public RuleFiles {
 protected:
  void SetUp() override {
    RuleFiles::SetUp();
    if (!IsSkipped()) store_latency(api().config.database_url);
  }
  static Json asked(const std::string& kind, const std::string& expr, int for_seconds) {
    Json rule = {
        {"name", "Replayed"}, {"kind", kind}, {"expr", expr}, {"for_seconds", for_seconds}};
    if (kind == "promql") rule["interval_seconds"] = 30;
    return {{"rule", rule}, {"from", at(0)}, {"to", at(27)}};
  }
};

TEST_F(RuleReplay, TellsThePagesOfBothVersions) {
  auto old = asked("promql", "replayed_seconds{shop=\"north\"} > 2", 300)["rule"];
  old["enabled"] = false;
  const auto id = api().post("/api/v1/rules", api().admin(), old).json["id"];
  auto body = asked("promql", "replayed_seconds{shop=\"north\"} > 2", 60);
  body["compare_with"] = id;
  const auto answer = api().post("/api/v1/rules/replay", api().viewer(), body);
  EXPECT_EQ(answer.status, 200) << answer.text;
  const Json page = {
      {"labels", {{"alertname", "Replayed"}, {"severity", "warning"}, {"shop", "north"}}},
      {"fired_at", at(12)},
      {"resolved_at", at(18)},
      {"value", "5"}};
  EXPECT_EQ(answer.json["new"]["pages"], Json::array({page})) << answer.text;
  EXPECT_EQ(answer.json["old"]["pages"], Json::array());
  EXPECT_EQ(answer.json["only_new"], Json::array({page}));
  EXPECT_EQ(answer.json["only_old"], Json::array());
  EXPECT_EQ(answer.json["both"], 0);
  EXPECT_EQ(answer.json["truncated"], false);
  body["rule"]["for_seconds"] = 0;
  body["rule"]["expr"] = "replayed_seconds{shop=\"north\"} > 4";
  const auto alone = asked("threshold", "replayed_seconds > 4", 0);
  const auto threshold = api().post("/api/v1/rules/replay", api().viewer(), alone);
  EXPECT_TRUE(threshold.json["old"].is_null());
  ASSERT_EQ(threshold.json["new"]["pages"].size(), 1U) << "not of what is nobody's";
  EXPECT_EQ(threshold.json["new"]["pages"][0]["labels"]["server_id"], "7") << threshold.text;
  EXPECT_EQ(threshold.json["new"]["pages"][0]["fired_at"], at(10));
}

TEST_F(RuleReplay, SaysWhatItCannotDo) {
  auto body = asked("promql", "up == 0", 0);
  body["rule"] = {{"name", "Down"}, {"kind", "check_state"}};
  auto answer = api().post("/api/v1/rules/replay", api().viewer(), body);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(fields_of(answer), (Names{"rule.kind"}));
  body = asked("promql", "up ==", 0);
  body["from"] = at(-200'000);
  body["compare_with"] = "00000000-0000-7000-8000-000000000001";
  EXPECT_EQ(fields_of(api().post("/api/v1/rules/replay", api().viewer(), body)),
            (Names{"rule.expr", "from"}));
  body = asked("promql", "up == 0", 0);
  body["compare_with"] = "00000000-0000-7000-8000-000000000001";
  EXPECT_EQ(fields_of(api().post("/api/v1/rules/replay", api().viewer(), body)),
            (Names{"compare_with"}));
  body.erase("to");
  EXPECT_EQ(fields_of(api().post("/api/v1/rules/replay", api().viewer(), body)), (Names{"to"}));
}

}  // namespace
}  // namespace monitron::api
