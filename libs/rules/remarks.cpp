#include "rules/remarks.hpp"

#include "promql/labels.hpp"
#include "promql/parser.hpp"
#include "promql/reads.hpp"
#include "rules/template.hpp"

#include <algorithm>

namespace monitron::rules {
namespace {

constexpr int kUsualInterval = 15;
constexpr std::int64_t kLongestInterval = 3600;

// Looks through one group.
class Reader {
 public:
  Reader(const RuleGroup& group, std::string path, Remarks& remarks)
      : group_(group), path_(std::move(path)), remarks_(remarks) {}

  void read() {
    if (group_.name.size() > kLongestName) refuse(path_ + ".name", kTooLong);
    if (group_.limit != 0) warn("", "limit", "is not applied");
    if (group_.query_offset_ms != 0) {
      warn("", "query_offset", "is not applied: rules look at what has arrived");
    }
    const auto interval = interval_seconds_of(group_);
    if (group_.interval_ms > 0 && interval * std::int64_t{1000} != group_.interval_ms) {
      warn("", "interval", std::to_string(interval) + " s is taken");
    }
    for (std::size_t i = 0; i < group_.rules.size(); ++i) {
      const auto& rule = group_.rules[i];
      of_rule(rule, element(path_ + ".rules", i) + ".");
      if (!rule.alert.empty()) of_alert(rule, element(path_ + ".rules", i) + ".");
    }
  }

 private:
  static constexpr const char* kTooLong = "is too long";

  void refuse(std::string field, std::string reason) {
    remarks_.refused.push_back({std::move(field), std::move(reason)});
  }
  void warn(const std::string& rule, const std::string& field, std::string reason) {
    remarks_.warnings.push_back({group_.name, rule, field, std::move(reason)});
  }

  void of_rule(const FileRule& rule, const std::string& path) {
    if (rule.name().size() > kLongestName) {
      refuse(path + (rule.alert.empty() ? "record" : "alert"), kTooLong);
    }
    if (rule.expr.size() > kLongestExpression) {
      refuse(path + "expr", kTooLong);
    } else if (auto wrong = expression_complaint(rule.expr); !wrong.empty()) {
      refuse(path + "expr", std::move(wrong));
    } else {
      of_alerts_series(rule);
    }
    of_texts(rule.labels, path + "labels");
  }

  void of_alert(const FileRule& rule, const std::string& path) {
    auto labels = rule.labels;
    const auto severity = severity_of(labels);
    if (!severity.why.empty()) warn(rule.name(), "labels.severity", severity.why);
    labels.erase("severity");
    of_hold(rule, rule.for_ms, path, "for");
    of_hold(rule, rule.keep_firing_for_ms, path, "keep_firing_for");
    of_texts(rule.annotations, path + "annotations");
    of_templates(rule, labels, "labels.");
    of_templates(rule, rule.annotations, "annotations.");
  }

  void of_hold(const FileRule& rule, std::int64_t ms, const std::string& path, const char* field) {
    const auto seconds = whole_seconds(ms);
    if (seconds > kLongestHoldSeconds) refuse(path + field, "must be at most 7 days");
    if (seconds * 1000 != ms) warn(rule.name(), field, std::to_string(seconds) + " s is taken");
  }

  void of_texts(const domain::LabelSet& texts, const std::string& path) {
    if (texts.size() > kMostTexts) {
      refuse(path, "must have at most " + std::to_string(kMostTexts) + " members");
    }
    for (const auto& [name, text] : texts) {
      if (text.size() > kLongestText) refuse(path + "." + name, kTooLong);
    }
  }

  // Those that cannot be filled in here are taken as they are written.
  void of_templates(const FileRule& rule, const domain::LabelSet& texts, const std::string& field) {
    for (const auto& [name, text] : texts) {
      const auto good = Template::parse(text);
      if (good) continue;
      warn(rule.name(), field + name, "stays as it is written: " + good.error().text);
    }
  }

  void of_alerts_series(const FileRule& rule) {
    const auto expr = promql::parse(rule.expr);
    const auto reads = expr ? promql::reads_of(*expr) : fail(expr.error());
    if (!reads) return;
    for (const auto& read : *reads) {
      for (const auto& matcher : read.matchers) {
        const auto& name = matcher.value();
        if (matcher.name() != promql::kMetricName || !name.starts_with("ALERTS")) continue;
        warn(rule.name(), "expr", name + " is no series here");
      }
    }
  }

  const RuleGroup& group_;
  const std::string path_;
  Remarks& remarks_;
};

}  // namespace

std::string expression_complaint(const std::string& expr) {
  const auto parsed = promql::parse(expr);
  if (!parsed) return parsed.error().text;
  const auto type = (*parsed)->type;
  if (type != promql::ValueType::vector && type != promql::ValueType::scalar) {
    return "rule result is not a vector or scalar";
  }
  const auto reads = promql::reads_of(*parsed);
  return reads ? std::string() : reads.error().text;
}

Remarks remarks_on(const RuleFile& file) {
  Remarks remarks;
  for (std::size_t i = 0; i < file.groups.size(); ++i) {
    Reader(file.groups[i], element("groups", i), remarks).read();
  }
  return remarks;
}

int interval_seconds_of(const RuleGroup& group) {
  const auto seconds = std::min(whole_seconds(group.interval_ms), kLongestInterval);
  return seconds > 0 ? static_cast<int>(seconds) : kUsualInterval;
}

std::int64_t whole_seconds(std::int64_t ms) { return (ms + 999) / 1000; }

}  // namespace monitron::rules
