// Rules whose alerts Alertmanager would take for one.

#include "api/rule_twins.hpp"

#include "suite.hpp"

namespace monitron::api {
namespace {

using http::Method;

store::Rule rule(const std::string& kind = "promql") {
  store::Rule rule;
  rule.id = Uuid::make();
  rule.name = "Busy";
  rule.kind = kind;
  rule.expr = "load > 1";
  return rule;
}

TEST(RuleTwins, AgreeInNameSeverityAndLabels) {
  auto a = rule(), b = rule("threshold");
  EXPECT_TRUE(are_twins(a, b)) << "whatever their kind";
  a.labels = {{"on-call", "web"}};
  EXPECT_FALSE(are_twins(a, b));
  b.labels = {{"on_call", "web"}};
  EXPECT_TRUE(are_twins(a, b));
  b.severity = "critical";
  EXPECT_FALSE(are_twins(a, b));
}

TEST(RuleTwins, BothAlert) {
  auto off = rule();
  off.enabled = false;
  EXPECT_FALSE(are_twins(rule(), off));
  EXPECT_FALSE(are_twins(rule(), rule("recording")));
}

TEST(RuleTwins, AreNotCertainToBeAboutDifferentThings) {
  auto a = rule("check_state"), b = rule("check_state");
  a.check_id = Uuid::make();
  EXPECT_TRUE(are_twins(a, b));
  b.check_id = Uuid::make();
  EXPECT_FALSE(are_twins(a, b));
  auto prod = rule("threshold"), test = rule("threshold");
  prod.label_selector = {{"env", "prod"}};
  test.expr = R"(load{core="total"} > 1)";
  EXPECT_TRUE(are_twins(prod, test));
  test.expr = R"(load{env="test"} > 1)";
  EXPECT_FALSE(are_twins(prod, test));
}

TEST(RuleTwins, ThatAreThereMayGoOn) {
  const auto a = rule(), b = rule();
  EXPECT_EQ(new_twin(a, nullptr, {a, b})->id, b.id);
  EXPECT_EQ(new_twin(a, nullptr, {a}), nullptr) << "not of itself";
  auto changed = a;
  changed.for_seconds = 60;
  EXPECT_EQ(new_twin(changed, &a, {a, b}), nullptr);
  auto off = a;
  off.enabled = false;
  EXPECT_NE(new_twin(a, &off, {b}), nullptr) << "it is turned on";
}

TEST(RuleTwins, OfFilesAreAsInPrometheus) {
  auto a = rule(), b = rule();
  a.group_name = "one";
  EXPECT_NE(new_twin(a, nullptr, {b}), nullptr);
  b.group_name = "two";
  EXPECT_EQ(new_twin(a, nullptr, {b}), nullptr);
}

class NoTwins : public ApiTest {
 protected:
  Json body(const std::string& about) {
    return {{"name", about + " " + tag_}, {"kind", "promql"}, {"expr", "load > 8"}};
  }
  Answer make(const Json& rule) { return api().post("/api/v1/rules", api().admin(), rule); }
  Answer ask(Method method, const Answer& made, const Json& change) {
    const auto path = "/api/v1/rules/" + made.json["id"].get<std::string>();
    return api().ask(method, path, api().admin(), change);
  }
  static void expect_taken(const Answer& answer) {
    EXPECT_EQ(answer.status, 409) << answer.text;
    EXPECT_EQ(answer.json["errors"][0]["field"], "name") << answer.text;
    EXPECT_EQ(answer.json["errors"][0]["code"], "taken") << answer.text;
  }

  const std::string tag_ = Uuid::make().str();
};

TEST_F(NoTwins, AreMadeByNoneOfTheWays) {
  auto first = body("busy");
  ASSERT_EQ(make(first).status, 201);
  expect_taken(make(first));
  auto off = first;
  off["enabled"] = false;
  const auto made = make(off);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(ask(Method::patch, made, {{"for_seconds", 60}}).status, 200);
  expect_taken(ask(Method::patch, made, {{"enabled", true}}));
  expect_taken(ask(Method::put, made, first));
  EXPECT_EQ(ask(Method::patch, made, {{"enabled", true}, {"severity", "critical"}}).status, 200);
}

TEST_F(NoTwins, ThatAreThereStayAndMayBeChanged) {
  const auto made = make(body("busy"));
  ASSERT_EQ(made.status, 201) << made.text;
  ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
    auto twin = *store::find_rule(tx, *Uuid::parse(made.json["id"].get<std::string>()));
    twin.id = Uuid::make();
    store::insert_rule(tx, twin);
  }));
  EXPECT_EQ(ask(Method::patch, made, {{"for_seconds", 60}}).status, 200);
  EXPECT_EQ(ask(Method::put, made, body("busy")).status, 200);
  EXPECT_EQ(ask(Method::patch, made, {{"enabled", false}}).status, 200);
  expect_taken(ask(Method::patch, made, {{"enabled", true}}));
}

TEST_F(NoTwins, AnImportTellsOfThem) {
  ASSERT_EQ(make(body("busy")).status, 201);
  const auto file = "groups:\n- name: " + tag_ + "\n  rules:\n  - alert: busy " + tag_ +
                    "\n    expr: load > 8\n    labels: {severity: warning}\n";
  for (const char* path :
       {"/api/v1/rules/import?dry_run=true", "/api/v1/rules/import", "/api/v1/rules/import"}) {
    const auto answer =
        api().send(Method::post, path, api().admin(), file, {{"Content-Type", "application/yaml"}});
    ASSERT_EQ(answer.status, 200) << answer.text;
    ASSERT_EQ(answer.json["warnings"].size(), 1U) << answer.text;
    EXPECT_EQ(answer.json["warnings"][0]["rule"], "busy " + tag_);
    EXPECT_EQ(answer.json["warnings"][0]["field"], "alert");
  }
}

}  // namespace
}  // namespace monitron::api
