#include "rules/test_series.hpp"
#include "rules/unit_test_file.hpp"

#include <gtest/gtest.h>

namespace monitron::rules {
namespace {

std::string values(std::string_view text) {
  const auto samples = read_series_values(text, 10, 1000);
  if (!samples) return samples.error().text;
  std::string out;
  for (const auto& sample : *samples) {
    out += (out.empty() ? "" : " ") +
           (promql::is_stale(sample.value) ? "stale" : promql::format_value(sample.value)) + "@" +
           std::to_string(sample.time_ms);
  }
  return out;
}

TEST(TestSeries, ValuesAreReadInPromtoolsNotation) {
  EXPECT_EQ(values("1 2.5 -3 1e3"), "1@0 2.5@10 -3@20 1000@30");
  EXPECT_EQ(values("0+10x3"), "0@0 10@10 20@20 30@30");
  EXPECT_EQ(values("5-1x2 7"), "5@0 4@10 3@20 7@30");
  EXPECT_EQ(values("-1-2x1"), "-1@0 -3@10");
  EXPECT_EQ(values("1x2"), "1@0 1@10 1@20");
  EXPECT_EQ(values("_ 1 _x3 2\n stale"), "1@10 2@50 stale@60");
  EXPECT_EQ(values("NaN +Inf -Inf"), "NaN@0 +Inf@10 -Inf@20");
  EXPECT_EQ(values("1e-3+1e-3x1"), "0.001@0 0.002@10");
  EXPECT_EQ(values(""), "");
}

TEST(TestSeries, WhatIsNoValueOrTooManyIsRefused) {
  EXPECT_EQ(values("1 two"), "not a value of a series: \"two\"");
  EXPECT_EQ(values("1x"), "not a value of a series: \"1x\"");
  EXPECT_EQ(values("1+x4"), "not a value of a series: \"1+x4\"");
  EXPECT_EQ(values("{{schema:1}}x3"), "not a value of a series: \"{{schema:1}}x3\"");
  EXPECT_EQ(values("1x1000"), "the series are too long");
  EXPECT_EQ(values("_x999 1 1"), "the series are too long");
  EXPECT_EQ(values("1x4294967295"), "the series are too long");
}

TEST(TestSeries, NamesAreThoseOfSeries) {
  EXPECT_EQ(read_series_name("up{job=\"a\"}")->str(), "up{job=\"a\"}");
  EXPECT_EQ(read_series_name("{job=\"a\"}")->str(), "{job=\"a\"}");
  EXPECT_EQ(read_series_name("{__name__=\"up\"}")->str(), "up");
  EXPECT_EQ(read_series_name("{}")->str(), "{}");
  EXPECT_EQ(read_series_name("")->str(), "{}");
  EXPECT_FALSE(read_series_name("up{job=~\"a\"}"));
  EXPECT_FALSE(read_series_name("up{"));
}

constexpr const char* kRules = R"(
groups:
  - name: b
    rules:
      - alert: Hot
        expr: temperature:max > 30
        for: 2m
        keep_firing_for: 3m
        labels: {severity: warning}
        annotations: {summary: too hot}
  - name: a
    rules:
      - record: temperature:max
        expr: max by (room) (temperature)
        labels: {source: rule}
)";

std::vector<std::string> run(const std::string& tests, const std::string& rules = kRules) {
  RuleFile file;
  EXPECT_TRUE(read_rule_file(rules, file).empty());
  UnitTestFile parsed;
  std::vector<std::string> wrong;
  for (const auto& one : read_unit_test_file(tests, parsed)) {
    wrong.push_back(one.field + ": " + one.reason);
  }
  return wrong.empty() ? run_unit_tests(parsed, {file}) : wrong;
}

std::string test_of(const std::string& asked) {
  return R"(
rule_files: [rules.yml]
evaluation_interval: 1m
group_eval_order: [a, b]
tests:
  - name: heat
    interval: 1m
    input_series:
      - {series: 'temperature{room="lab", n="1"}', values: '20 20 35x4 20x9'}
)" + asked;
}

TEST(UnitTests, ForAndKeepFiringForAreThoseOfTheNotifier) {
  const std::string fires =
      "{alertname: Hot, exp_alerts: [{exp_labels: {severity: warning, room: lab, source: rule}, "
      "exp_annotations: {summary: too hot}}]";
  EXPECT_EQ(run(test_of("    alert_rule_test:\n"
                        "      - {eval_time: 3m59s, alertname: Hot}\n"
                        "      - " +
                        fires +
                        ", eval_time: 4m}\n"
                        "      - " +
                        fires +
                        ", eval_time: 9m}\n"
                        "      - {eval_time: 10m, alertname: Hot}\n"
                        "      - {eval_time: 10m, alertname: Unheard}\n")),
            std::vector<std::string>{});
}

TEST(UnitTests, WhatIsNotAsExpectedIsShown) {
  EXPECT_EQ(run(test_of("    alert_rule_test:\n      - {eval_time: 5m, alertname: Hot}\n"
                        "    promql_expr_test:\n"
                        "      - {expr: 'temperature:max', eval_time: 1m, exp_samples: "
                        "[{labels: 'temperature:max{room=\"lab\"}', value: 21}]}\n"
                        "      - {expr: 'sum(', eval_time: 1m}\n")),
            (std::vector<std::string>{
                "name: heat, alertname: Hot, time: 5m\n  exp: nothing\n  got:\n"
                "    {alertname=\"Hot\", room=\"lab\", severity=\"warning\", source=\"rule\"} "
                "{summary=\"too hot\"}",
                "name: heat, expr: \"temperature:max\", time: 1m\n"
                "  exp:\n    temperature:max{room=\"lab\"} 21\n"
                "  got:\n    temperature:max{room=\"lab\", source=\"rule\"} 20",
                "name: heat, expr: \"sum(\", time: 1m, err: 1:5: parse error: unclosed left "
                "parenthesis"}));
}

TEST(UnitTests, AlertsAreSeriesThatEnd) {
  EXPECT_EQ(run(test_of("    promql_expr_test:\n"
                        "      - {expr: 'count by (alertstate) (ALERTS)', eval_time: 3m, "
                        "exp_samples: [{labels: '{alertstate=\"pending\"}', value: 1}]}\n"
                        "      - {expr: 'count by (alertstate) (ALERTS)', eval_time: 4m, "
                        "exp_samples: [{labels: '{alertstate=\"firing\"}', value: 1}]}\n"
                        "      - {expr: 'ALERTS_FOR_STATE', eval_time: 4m, exp_samples: [{labels: "
                        "'ALERTS_FOR_STATE{alertname=\"Hot\",room=\"lab\",severity=\"warning\","
                        "source=\"rule\"}', value: 120}]}\n"
                        "      - {expr: 'ALERTS', eval_time: 12m, exp_samples: []}\n")),
            std::vector<std::string>{});
}

TEST(UnitTests, GroupsAreEvaluatedInTheOrderThatIsAsked) {
  auto tests = test_of(
      "    alert_rule_test:\n      - {eval_time: 4m, alertname: Hot, exp_alerts: "
      "[{exp_labels: {severity: warning, room: lab, source: rule}, "
      "exp_annotations: {summary: too hot}}]}\n");
  EXPECT_EQ(run(tests), std::vector<std::string>{});
  // A step later, what is recorded is known to the alert.
  tests.replace(tests.find("[a, b]"), 6, "[b, a]");
  EXPECT_EQ(run(tests).size(), 1U);
}

TEST(UnitTests, WhatCannotBeEvaluatedIsTold) {
  const auto wrong = run(test_of("    alert_rule_test: [{eval_time: 0, alertname: Two}]\n"),
                         "groups: [{name: x, rules: [{alert: Two, expr: '{n=\"1\"} or vector(1) or "
                         "label_replace(vector(2), \"a\", \"b\", \"\", \"\")', "
                         "labels: {a: same, room: lab, n: '1'}}]}]");
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_NE(wrong[0].find("vector contains metrics with the same labelset"), std::string::npos);
  EXPECT_NE(run(test_of("    alert_rule_test: [{eval_time: 0, alertname: Many}]\n"),
                "groups: [{name: x, limit: 1, rules: [{alert: Many, expr: 'vector(1) or "
                "label_replace(vector(2), \"a\", \"b\", \"\", \"\")'}]}]")
                .at(0)
                .find("exceeded limit of 1 with 2 alerts"),
            std::string::npos);
}

TEST(UnitTests, ComplaintsNameTheMember) {
  const std::string kOpenBraces =
      "tests[0].input_series[0].series: 1:4: parse error: unexpected end of input inside braces";
  EXPECT_EQ(run("tests: [{interval: 1m, alert_rule_test: [{eval_time: 1m}], input_series: "
                "[{series: 'up{', values: 'x'}], what: 1}]\nfuzzy: true"),
            (std::vector<std::string>{
                kOpenBraces, "tests[0].input_series[0].values: not a value of a series: \"x\"",
                "tests[0].alert_rule_test[0].alertname: must be set",
                "tests[0].what: is not known here", "fuzzy: is not known here"}));
  EXPECT_EQ(
      run("evaluation_interval: 1ms\ntests: [{promql_expr_test: [{expr: up, eval_time: 30d}]}]"),
      std::vector<std::string>{
          "tests[0].promql_expr_test[0].eval_time: is too many evaluations away"});
}

}  // namespace
}  // namespace monitron::rules
