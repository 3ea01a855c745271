#include "rules/rule_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace monitron::rules {
namespace {

constexpr const char* kFile = R"(
groups:
  - name: hosts
    interval: 1m30s
    rules:
      - record: instance:cpu:ratio
        expr: avg by (instance) (node_cpu_usage_ratio)
        labels: {team: core, source: 7}
      - alert: HostHot
        expr: |
          instance:cpu:ratio
            > 0.9
        for: 1h30m
        keep_firing_for: 5m
        labels:
          severity: page
          team: yes
        annotations:
          summary: '{{ $labels.instance }} is hot'
  - name: empty
    limit: 10
    query_offset: 30s
    labels: {team: all, tier: "1"}
    rules:
      - {alert: Down, expr: up == 0, labels: {team: one}}
)";

std::string all(const Problems& problems) {
  std::string out;
  for (const auto& one : problems) {
    out += "[" + one.field + ":" + std::to_string(one.line) + " " + one.reason + "]";
  }
  return out;
}

RuleFile good(const std::string& yaml) {
  RuleFile file;
  EXPECT_EQ(all(read_rule_file(yaml, file)), "");
  return file;
}
std::string bad(const std::string& yaml) {
  RuleFile file;
  return all(read_rule_file(yaml, file));
}
std::string group(const std::string& rules) { return "groups:\n- name: a\n  rules:\n" + rules; }

TEST(RuleFile, IsReadAsPrometheusHasIt) {
  const auto file = good(kFile);
  ASSERT_EQ(file.groups.size(), 2U);
  const auto& hosts = file.groups[0];
  EXPECT_EQ(hosts.name, "hosts");
  EXPECT_EQ(hosts.interval_ms, 90'000);
  ASSERT_EQ(hosts.rules.size(), 2U);
  EXPECT_EQ(hosts.rules[0].record, "instance:cpu:ratio");
  EXPECT_EQ(hosts.rules[0].labels, (domain::LabelSet{{"source", "7"}, {"team", "core"}}));
  const auto& hot = hosts.rules[1];
  EXPECT_EQ(hot.expr, "instance:cpu:ratio\n  > 0.9");
  EXPECT_EQ(hot.for_ms, 5'400'000);
  EXPECT_EQ(hot.keep_firing_for_ms, 300'000);
  EXPECT_EQ(hot.labels, (domain::LabelSet{{"severity", "page"}, {"team", "yes"}}));
  EXPECT_EQ(hot.annotations.at("summary"), "{{ $labels.instance }} is hot");
  EXPECT_EQ(file.groups[1].limit, 10);
  EXPECT_EQ(file.groups[1].query_offset_ms, 30'000);
  EXPECT_EQ(file.groups[1].rules[0].labels, (domain::LabelSet{{"team", "one"}, {"tier", "1"}}));
}

TEST(RuleFile, AnchorsAndMergeKeysArePutIn) {
  const auto file = good(
      "groups:\n- name: a\n  rules:\n"
      "  - alert: A\n    expr: a\n    labels: &l {severity: info, team: x}\n"
      "  - alert: B\n    expr: b\n    labels: {<<: *l, team: y}\n"
      "  - alert: C\n    expr: c\n    labels: *l\n");
  const auto& rules = file.groups[0].rules;
  EXPECT_EQ(rules[1].labels, (domain::LabelSet{{"severity", "info"}, {"team", "y"}}));
  EXPECT_EQ(rules[2].labels, rules[0].labels);
}

TEST(RuleFile, NothingAtAllHasNoGroups) {
  EXPECT_TRUE(good("").groups.empty());
  EXPECT_TRUE(good("groups:\n").groups.empty());
}

TEST(RuleFile, ComplaintsNameTheMemberAndItsLine) {
  EXPECT_EQ(bad("x: 1"), "[x:1 is not known here]");
  EXPECT_EQ(bad("groups:\n- rules: []"), "[groups[0].name:2 must not be empty]");
  EXPECT_EQ(bad("groups:\n- name: a\n- name: a"),
            "[groups[1].name:3 groupname: \"a\" is repeated in the same file]");
  EXPECT_EQ(bad("groups:\n- name: a\n  intervall: 5m"),
            "[groups[0].intervall:3 is not known here]");
  EXPECT_EQ(bad(group("  - alert: A\n    expr: up == 0\n    form: 5m")),
            "[groups[0].rules[0].form:6 is not known here]");
  EXPECT_EQ(bad(group("  - alert: A")), "[groups[0].rules[0].expr:4 must be set]");
  EXPECT_EQ(bad(group("  - expr: up")),
            "[groups[0].rules[0].alert:4 one of 'record' or 'alert' must be set]");
  EXPECT_EQ(bad(group("  - alert: A\n    record: a\n    expr: up")),
            "[groups[0].rules[0].record:5 only one of 'record' and 'alert' must be set]");
  EXPECT_EQ(bad(group("  - record: a b\n    expr: up\n    for: 5m")),
            "[groups[0].rules[0].record:4 invalid recording rule name: \"a b\"]"
            "[groups[0].rules[0].for:6 is of alerting rules]");
  EXPECT_EQ(bad(group("  - alert: A\n    expr: up\n    for: 5 minutes")),
            "[groups[0].rules[0].for:6 not a valid duration string: \"5 minutes\"]");
  EXPECT_EQ(bad(group("  - alert: A\n    expr: up\n    labels: {a-b: c, __name__: d}")),
            "[groups[0].rules[0].labels:6 invalid label name: \"__name__\"]"
            "[groups[0].rules[0].labels:6 invalid label name: \"a-b\"]");
  EXPECT_EQ(bad(group("  - alert: A\n    expr: up\n    labels: {a: [b]}")),
            "[groups[0].rules[0].labels.a:6 must be a text]");
  EXPECT_EQ(bad(group("  - alert: A\n    expr: up\n    expr: up")),
            "[:0 line 6: \"expr\" is there twice]");
  EXPECT_EQ(bad(group("  - alert: A\n    expr: up\n    annotations: {a: '{{ $label.x }}'}")),
            "[groups[0].rules[0].annotations:6 a: undefined variable \"$label\"]");
  EXPECT_EQ(bad(group("  - record: a\n    expr: up\n    labels: {a: '{{ $label.x }}'}")), "");
  EXPECT_NE(bad(group("  - alert: A\n    expr: sum(")).find("could not parse expression: 1:5"),
            std::string::npos);
  EXPECT_NE(bad("groups: [").find("line 1: not YAML"), std::string::npos);
}

TEST(RuleFile, WhatAliasesMakeLargeOrDeepIsRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto n = std::to_string(i);
    const auto before = "*a" + std::to_string(i - 1);
    bomb += "a" + n + ": &a" + n + " [" + before;
    for (int k = 1; k < 10; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_NE(bad(bomb).find("the document is too large"), std::string::npos);
  EXPECT_NE(bad("a: &a [*a]").find("nested too deeply"), std::string::npos);
  EXPECT_NE(bad(std::string(100'000, '[')).find("line 1"), std::string::npos);
  EXPECT_NE(bad(std::string(kMaxYamlBytes + 1, ' ')).find("1 MiB"), std::string::npos);
}

TEST(RuleFile, WhatIsWrittenReadsBackTheSame) {
  RuleFile file;
  file.groups.push_back({.name = "a: \"b\" #c", .interval_ms = 15'000});
  file.groups[0].rules.push_back(
      {.alert = "On",
       .expr = "up\n  == 0\n\nor vector(1)",
       .for_ms = 5'400'000,
       .keep_firing_for_ms = 1'500,
       .labels = {{"on", "yes"}, {"severity", "critical"}, {"n", "1.0"}},
       .annotations = {{"summary", "ä {{ $labels.x }}\ttab\nline "}, {"empty", ""}}});
  file.groups[0].rules.push_back({.record = "a:b", .expr = "sum(up{a=\"\\\\d\"}) > .5"});
  file.groups.push_back({.name = "none", .limit = 3, .query_offset_ms = 60'000});
  const auto yaml = write_rule_file(file, "first\nsecond");
  EXPECT_EQ(good(yaml), file) << yaml;
  EXPECT_EQ(yaml.find("# first\n# second\ngroups:\n"), 0U);
  EXPECT_EQ(good(write_rule_file({})), RuleFile{});
}

bool has_promtool() { return std::system("promtool --version > /dev/null 2>&1") == 0; }

// Prometheus's own tool takes what is written, and what it refuses is refused here.
TEST(RuleFile, PromtoolAgrees) {
  if (!has_promtool()) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "promtool is missing";
    GTEST_SKIP() << "promtool is not here";
  }
  const auto path = std::filesystem::temp_directory_path() /
                    ("monitron_rules_" + std::to_string(::getpid()) + ".yml");
  const auto takes = [&](const std::string& yaml) {
    std::ofstream(path) << yaml;
    return std::system(("promtool check rules '" + path.string() + "' > /dev/null 2>&1").c_str()) ==
           0;
  };
  RuleFile file;
  file.groups.push_back({.name = "null", .interval_ms = 90'500, .limit = 5});
  file.groups[0].rules.push_back({.alert = "123",
                                  .expr = "up{a=~\"\\\\w+\"}\n  == 0",
                                  .for_ms = 60'000,
                                  .keep_firing_for_ms = 86'400'000,
                                  .labels = {{"severity", "warning"}, {"off", "no"}},
                                  .annotations = {{"text", "{{ $value }} \"quoted\"\n ü\x01"}}});
  file.groups[0].rules.push_back({.record = "a:b", .expr = "sum(up)", .labels = {{"x", "~"}}});
  EXPECT_TRUE(takes(write_rule_file(file, "a comment: [")));
  EXPECT_EQ(good(write_rule_file(file)), file);
  for (const auto& yaml :
       {std::string("groups:\n- name: a\n- name: a\n"), std::string("groups:\n- name: ''\n"),
        group("  - alert: A\n    expr: sum(\n"), group("  - alert: A\n    expr: a\n    x: 1\n"),
        group("  - alert: A\n    record: a\n    expr: a\n"), group("  - alert: A\n"),
        group("  - record: a-b\n    expr: a\n"), group("  - record: a\n    expr: a\n    for: 1m\n"),
        group("  - alert: A\n    expr: a\n    for: 1x\n"),
        group("  - alert: A\n    expr: a\n    labels: {a-b: c}\n"),
        group("  - alert: A\n    expr: a\n    labels: {__name__: c}\n")}) {
    EXPECT_FALSE(takes(yaml)) << yaml;
    EXPECT_NE(bad(yaml), "") << yaml;
  }
  for (const auto& yaml :
       {group("  - alert: A\n    expr: 1\n"), group("  - alert: ünï codé\n    expr: up\n"),
        group("  - alert: A\n    expr: up\n    for: 0\n    labels: {a: 1, b: true, c: ~}\n")}) {
    EXPECT_TRUE(takes(yaml)) << yaml;
    EXPECT_EQ(bad(yaml), "") << yaml;
  }
  std::filesystem::remove(path);
}

TEST(Severity, IsAlwaysOneOfOurs) {
  EXPECT_EQ(severity_of({{"severity", "critical"}}).value, "critical");
  EXPECT_EQ(severity_of({{"severity", "critical"}}).why, "");
  EXPECT_EQ(severity_of({{"severity", "page"}}).value, "critical");
  EXPECT_EQ(severity_of({{"severity", "page"}}).why,
            "the label severity is \"page\": critical is taken");
  EXPECT_EQ(severity_of({{"severity", "none"}}).value, "info");
  EXPECT_EQ(severity_of({{"severity", "Warning"}}).value, "warning");
  EXPECT_EQ(severity_of({{"severity", "purple"}}).value, "warning");
  EXPECT_EQ(severity_of({}).value, "warning");
  EXPECT_NE(severity_of({}).why, "");
}

}  // namespace
}  // namespace monitron::rules
