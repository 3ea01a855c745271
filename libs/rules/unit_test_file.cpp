#include "rules/unit_test_file.hpp"

#include "rules/test_series.hpp"

#include <algorithm>

namespace monitron::rules {
namespace {

std::vector<std::string> texts_of(YamlMapping& mapping, const char* name) {
  std::vector<std::string> texts;
  for (const auto& one : mapping.list(name)) {
    if (one.kind != Yaml::Kind::scalar) mapping.refuse(name, "must be a list of texts");
    texts.push_back(one.text);
  }
  return texts;
}

// Calls `read` with a mapping for each element of the list.
template <class Read>
void each(YamlMapping& mapping, const char* name, Problems& problems, const Read& read) {
  std::size_t place = 0;
  for (const auto& one : mapping.list(name)) {
    YamlMapping element_of(one, element(mapping.path_of(name), place++), problems);
    read(element_of);
    element_of.finish();
  }
}

class Reader {
 public:
  explicit Reader(Problems& problems) : problems_(problems) {}

  void read(YamlMapping& mapping, UnitTestFile& into) {
    into.rule_files = texts_of(mapping, "rule_files");
    interval_ms_ = mapping.duration("evaluation_interval");
    if (interval_ms_ == 0) interval_ms_ = 60'000;
    into.evaluation_interval_ms = interval_ms_;
    into.group_eval_order = texts_of(mapping, "group_eval_order");
    std::set<std::string> seen;
    for (const auto& name : into.group_eval_order) {
      if (seen.insert(name).second) continue;
      mapping.refuse("group_eval_order", "group name repeated in evaluation order: " + name);
    }
    each(mapping, "tests", problems_,
         [&](YamlMapping& test) { into.tests.push_back(read_test(test)); });
    mapping.finish();
  }

 private:
  UnitTest read_test(YamlMapping& mapping) {
    UnitTest test;
    test.name = mapping.text("name");
    auto interval = mapping.duration("interval");
    if (interval == 0) interval = interval_ms_;
    each(mapping, "input_series", problems_,
         [&](YamlMapping& one) { test.series.push_back(read_series(one, interval)); });
    each(mapping, "alert_rule_test", problems_,
         [&](YamlMapping& one) { test.alerts.push_back(read_alert_test(one)); });
    each(mapping, "promql_expr_test", problems_,
         [&](YamlMapping& one) { test.exprs.push_back(read_expr_test(one)); });
    test.external_labels = mapping.texts("external_labels");
    test.external_url = mapping.text("external_url");
    return test;
  }

  InputSeries read_series(YamlMapping& mapping, std::int64_t interval_ms) {
    InputSeries series;
    const auto labels = read_series_name(mapping.text("series"));
    if (!labels) mapping.refuse("series", labels.error().text);
    auto samples =
        read_series_values(mapping.text("values"), interval_ms, kMaxTestSamples - samples_);
    if (!samples) mapping.refuse("values", samples.error().text);
    if (labels) series.labels = *labels;
    if (samples) series.samples = std::move(*samples);
    samples_ += series.samples.size();
    return series;
  }

  AlertTest read_alert_test(YamlMapping& mapping) {
    AlertTest test;
    test.at_ms = time_of(mapping);
    test.alertname = mapping.text("alertname");
    if (test.alertname.empty()) mapping.refuse("alertname", "must be set");
    each(mapping, "exp_alerts", problems_, [&](YamlMapping& one) {
      test.alerts.push_back({one.texts("exp_labels"), one.texts("exp_annotations")});
    });
    return test;
  }

  ExprTest read_expr_test(YamlMapping& mapping) {
    ExprTest test;
    test.at_ms = time_of(mapping);
    test.expr = mapping.text("expr");
    each(mapping, "exp_samples", problems_, [&](YamlMapping& one) {
      ExpectedSample sample;
      const auto labels = read_series_name(one.text("labels"));
      if (!labels) one.refuse("labels", labels.error().text);
      if (labels) sample.labels = *labels;
      sample.value = one.number("value");
      test.samples.push_back(std::move(sample));
    });
    return test;
  }

  std::int64_t time_of(YamlMapping& mapping) {
    const auto time_ms = mapping.duration("eval_time");
    if (time_ms / interval_ms_ <= kMaxTestSteps) return time_ms;
    mapping.refuse("eval_time", "is too many evaluations away");
    return 0;
  }

  Problems& problems_;
  std::int64_t interval_ms_ = 60'000;
  std::size_t samples_ = 0;
};

}  // namespace

Problems read_unit_test_file(std::string_view yaml, UnitTestFile& into) {
  into = {};
  const auto tree = parse_yaml(yaml);
  if (!tree) return {{"", tree.error().text}};
  Problems problems;
  YamlMapping mapping(*tree, "", problems);
  Reader(problems).read(mapping, into);
  return problems;
}

}  // namespace monitron::rules
