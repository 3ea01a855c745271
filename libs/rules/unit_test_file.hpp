#pragma once
// Unit tests of rules in the form of promtool's.
// https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
// Pure. Threads: any.

#include "promql/labels.hpp"
#include "promql/source.hpp"
#include "rules/rule_file.hpp"

namespace monitron::rules {

struct ExpectedAlert {
  domain::LabelSet labels{};  // without alertname
  domain::LabelSet annotations{};
};
struct AlertTest {
  std::int64_t at_ms = 0;
  std::string alertname{};
  std::vector<ExpectedAlert> alerts{};
};
struct ExpectedSample {
  promql::Labels labels{};
  double value = 0;
};
struct ExprTest {
  std::int64_t at_ms = 0;
  std::string expr{};
  std::vector<ExpectedSample> samples{};
};
struct InputSeries {
  promql::Labels labels{};
  std::vector<promql::Sample> samples{};
};

struct UnitTest {
  std::string name{};
  std::vector<InputSeries> series{};
  std::vector<AlertTest> alerts{};
  std::vector<ExprTest> exprs{};
  domain::LabelSet external_labels{};
  std::string external_url{};
};

struct UnitTestFile {
  std::vector<std::string> rule_files{};  // as they are named: patterns, relative to this file
  std::int64_t evaluation_interval_ms = 60'000;
  std::vector<std::string> group_eval_order{};
  std::vector<UnitTest> tests{};
};

inline constexpr std::int64_t kMaxTestSteps = 1'000'000;  // of one test

// All that is wrong with it; empty: `into` is the file.
Problems read_unit_test_file(std::string_view yaml, UnitTestFile& into);

// What is not as expected, of all tests, with what is instead; empty: all is well. Every group of
// `files` is evaluated at 0, evaluation_interval, … up to the latest time that is asked about.
std::vector<std::string> run_unit_tests(const UnitTestFile& tests,
                                        const std::vector<RuleFile>& files);

}  // namespace monitron::rules
