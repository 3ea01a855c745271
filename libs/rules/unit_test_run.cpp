// Runs unit tests of rules: evaluates the groups step by step over the series of a test.

#include "promql/parser.hpp"
#include "promql/quote.hpp"
#include "rules/alert_set.hpp"
#include "rules/test_series.hpp"
#include "rules/unit_test_file.hpp"

#include <algorithm>

namespace monitron::rules {
namespace {

using Texts = std::vector<std::string>;

domain::AlertTimes times_of(const FileRule& rule) {
  return {std::chrono::milliseconds(rule.for_ms),
          std::chrono::milliseconds(rule.keep_firing_for_ms)};
}

std::string text_of(const domain::LabelSet& set) {
  std::string text = "{";
  for (const auto& [name, value] : set) {
    text += (text.size() > 1 ? ", " : "") + name + "=" + promql::quote(value);
  }
  return text + "}";
}

// One rule, evaluated again and again.
class RuleRun {
 public:
  RuleRun(const FileRule& rule, std::int64_t limit, promql::Expr expr)
      : rule_(rule),
        limit_(limit),
        expr_(std::move(expr)),
        alerts_({rule.alert, times_of(rule), rule.labels, rule.annotations}) {}

  Result<void> evaluate(TestSeries& series, std::int64_t now_ms, const promql::Options& options) {
    promql::Budget budget({});
    const auto outcome = promql::query_instant(expr_, now_ms, series, budget, options);
    if (!outcome) return fail(outcome.error());
    const auto made = rule_.alert.empty() ? record(outcome->value) : alert(outcome->value, now_ms);
    if (!made) return fail(made.error());
    publish(series, *made, now_ms);
    return {};
  }
  const AlertSet& alerts() const { return alerts_; }
  const std::string& name() const { return rule_.name(); }

 private:
  Result<promql::Vector> record(const promql::Value& value) const {
    auto recorded = recorded_of(value, rule_.record, rule_.labels);
    if (recorded && is_beyond(recorded->size())) {
      return fail(Fault::invalid, "exceeded limit of " + std::to_string(limit_) + " with " +
                                      std::to_string(recorded->size()) + " series");
    }
    return recorded;
  }

  // What Prometheus lets others know of alerts: ALERTS, ALERTS_FOR_STATE.
  Result<promql::Vector> alert(const promql::Value& value, std::int64_t now_ms) {
    const auto elements = elements_of(value);
    if (!elements) return fail(elements.error());
    if (const auto done = alerts_.observe(*elements, from_ms(now_ms)); !done) {
      return fail(done.error());
    }
    const auto count = alerts_.alerts().size();
    if (is_beyond(count)) {
      alerts_.clear();
      return fail(Fault::invalid, "exceeded limit of " + std::to_string(limit_) + " with " +
                                      std::to_string(count) + " alerts");
    }
    promql::Vector vector;
    for (const auto& [element, alert] : alerts_.alerts()) {
      promql::Labels labels({alert.labels.begin(), alert.labels.end()});
      labels.set(promql::kMetricName, "ALERTS_FOR_STATE");
      const std::int64_t since_s = to_ms(alert.state.active_since) / 1000;
      vector.push_back({labels, {now_ms, static_cast<double>(since_s)}});
      labels.set(promql::kMetricName, "ALERTS");
      labels.set("alertstate", domain::to_string(alert.state.phase));
      vector.push_back({labels, {now_ms, 1}});
    }
    return vector;
  }

  bool is_beyond(std::size_t count) const {
    return limit_ > 0 && count > static_cast<std::size_t>(limit_);
  }

  // What was there before and is no more ends.
  void publish(TestSeries& series, const promql::Vector& made, std::int64_t now_ms) {
    std::set<promql::Labels> present;
    for (const auto& one : made) {
      series.append(one.labels, {now_ms, one.sample.value});
      present.insert(one.labels);
    }
    for (const auto& labels : published_) {
      if (!present.contains(labels)) {
        series.append(labels, {now_ms, std::bit_cast<double>(promql::kStaleBits)});
      }
    }
    published_ = std::move(present);
  }

  const FileRule& rule_;
  std::int64_t limit_;
  promql::Expr expr_;
  AlertSet alerts_;
  std::set<promql::Labels> published_;
};

// Groups that are named in the order come in it; those that are not, with the first of them.
std::vector<const RuleGroup*> ordered(const std::vector<RuleFile>& files, const Texts& order) {
  std::vector<const RuleGroup*> groups;
  for (const auto& file : files) {
    for (const auto& group : file.groups) groups.push_back(&group);
  }
  const auto place = [&](const RuleGroup* group) {
    const auto found = std::find(order.begin(), order.end(), group->name);
    return found == order.end() ? 0 : found - order.begin();
  };
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const auto* a, const auto* b) { return place(a) < place(b); });
  return groups;
}

class TestRun {
 public:
  TestRun(const UnitTest& test, const UnitTestFile& file, const std::vector<RuleFile>& rules,
          Texts& wrong)
      : test_(test), interval_ms_(file.evaluation_interval_ms), wrong_(wrong) {
    options_.default_step_ms = interval_ms_;
    for (const auto& series : test.series) series_.put(series.labels, series.samples);
    for (const auto* group : ordered(rules, file.group_eval_order)) {
      for (const auto& rule : group->rules) {
        // It has been parsed when the file was read.
        if (auto expr = promql::parse(rule.expr)) {
          runs_.emplace_back(rule, group->limit, std::move(*expr));
        }
      }
    }
  }

  void run() {
    std::int64_t last = 0;
    for (const auto& one : test_.alerts) last = std::max(last, one.at_ms);
    for (const auto& one : test_.exprs) last = std::max(last, one.at_ms);
    for (std::int64_t now = 0; now <= last; now += interval_ms_) {
      if (!evaluate(now)) return;
      for (const auto& one : test_.alerts) {
        if (now <= one.at_ms && one.at_ms < now + interval_ms_) compare(one);
      }
    }
    series_.show_until(std::numeric_limits<std::int64_t>::max() - 1);
    for (const auto& one : test_.exprs) compare(one);
  }

 private:
  bool evaluate(std::int64_t now) {
    bool good = true;
    series_.show_until(now);
    for (auto& run : runs_) {
      const auto done = run.evaluate(series_, now, options_);
      if (done) continue;
      good = false;
      tell("rule: " + run.name() + ", time: " + promql::format_duration(now) +
           ", err: " + done.error().text);
    }
    return good;
  }

  void tell(const std::string& what) {
    wrong_.push_back(test_.name.empty() ? what : "name: " + test_.name + ", " + what);
  }

  void tell(const std::string& what, std::int64_t at_ms, Texts expected, Texts got) {
    std::sort(expected.begin(), expected.end());
    std::sort(got.begin(), got.end());
    if (expected == got) return;
    const auto lines = [](const Texts& texts) {
      std::string out;
      for (const auto& text : texts) out += "\n    " + text;
      return texts.empty() ? std::string(" nothing") : out;
    };
    tell(what + ", time: " + promql::format_duration(at_ms) + "\n  exp:" + lines(expected) +
         "\n  got:" + lines(got));
  }

  void compare(const AlertTest& asked) {
    Texts expected;
    Texts got;
    for (const auto& alert : asked.alerts) {
      auto labels = alert.labels;
      labels["alertname"] = asked.alertname;
      expected.push_back(text_of(labels) + " " + text_of(alert.annotations));
    }
    for (const auto& run : runs_) {
      for (const auto& [element, alert] : run.alerts().alerts()) {
        if (run.name() != asked.alertname || alert.state.phase != domain::AlertPhase::firing) {
          continue;
        }
        got.push_back(text_of(alert.labels) + " " + text_of(alert.annotations));
      }
    }
    tell("alertname: " + asked.alertname, asked.at_ms, std::move(expected), std::move(got));
  }

  void compare(const ExprTest& asked) {
    const auto what = "expr: " + promql::quote(asked.expr);
    const auto got = values_of(asked);
    if (!got) {
      return tell(what + ", time: " + promql::format_duration(asked.at_ms) +
                  ", err: " + got.error().text);
    }
    Texts expected;
    for (const auto& sample : asked.samples) {
      expected.push_back(sample.labels.str() + " " + promql::format_value(sample.value + 0.0));
    }
    tell(what, asked.at_ms, std::move(expected), *got);
  }

  Result<Texts> values_of(const ExprTest& asked) {
    const auto expr = promql::parse(asked.expr);
    if (!expr) return fail(expr.error());
    promql::Budget budget({});
    const auto outcome = promql::query_instant(*expr, asked.at_ms, series_, budget, options_);
    if (!outcome) return fail(outcome.error());
    Texts got;
    if (const auto* vector = std::get_if<promql::Vector>(&outcome->value)) {
      for (const auto& one : *vector) {
        got.push_back(one.labels.str() + " " + promql::format_value(one.sample.value + 0.0));
      }
      return got;
    }
    const auto* scalar = std::get_if<promql::Scalar>(&outcome->value);
    if (scalar == nullptr) return fail(Fault::invalid, "rule result is not a vector or scalar");
    got.push_back("{} " + promql::format_value(scalar->sample.value));
    return got;
  }

  const UnitTest& test_;
  std::int64_t interval_ms_;
  Texts& wrong_;
  promql::Options options_;
  TestSeries series_;
  std::vector<RuleRun> runs_;
};

}  // namespace

std::vector<std::string> run_unit_tests(const UnitTestFile& tests,
                                        const std::vector<RuleFile>& files) {
  Texts wrong;
  for (const auto& test : tests.tests) TestRun(test, tests, files, wrong).run();
  return wrong;
}

}  // namespace monitron::rules
