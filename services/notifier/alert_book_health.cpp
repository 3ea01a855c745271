// Rules on rules that cannot be evaluated.

#include "notifier/alert_book.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

// Its own and what tells it from others.
domain::LabelSet watched_as(const store::Rule& rule) {
  domain::LabelSet labels{
      {"rule", rule.name}, {"rule_id", rule.id.str()}, {"rule_kind", rule.kind}};
  if (!rule.group_name.empty()) labels["rule_group"] = rule.group_name;
  return labels;
}

Finding finding_of(const store::Rule& rule, const std::string& problem) {
  const bool fails = !problem.empty();
  return {.subject = std::string(kRuleSubject) + rule.id.str(),
          .title = rule.name + (fails ? " cannot be evaluated" : " is evaluated again"),
          .text = fails ? problem : "it is evaluated again",
          .labels = watched_as(rule),
          .value = fails ? 1.0 : 0.0};
}

}  // namespace

// Why such an alert cannot go on; nothing when it can.
const char* AlertBook::orphaned_failure(const store::Alert& alert, const store::Rule& rule) const {
  const auto place = rule_places_.find(source_of(alert));
  if (place == rule_places_.end())
    return "the rule that could not be evaluated is gone or disabled";
  const auto labels = watched_as(*rules_[place->second].rule);
  const bool about = rule.kind == "rule_failing" && domain::selects(rule.label_selector, labels);
  return about ? nullptr : "the rule is no longer about it";
}

Changes AlertBook::observe_evaluation(const store::Rule& rule, const std::string& problem,
                                      Instant now) {
  Changes changes;
  if (!rule_places_.contains(rule.id)) return changes;
  if (problem.empty()) {
    failing_.erase(rule.id);
  } else {
    failing_.insert(rule.id);
  }
  if (on_rules_.empty()) return changes;
  const auto finding = finding_of(rule, problem);
  for (const auto place : on_rules_) {
    if (!domain::selects(rules_[place].rule->label_selector, finding.labels)) continue;
    evaluate(place, !problem.empty(), finding, now, changes);
  }
  return with_inputs(std::move(changes));
}

}  // namespace monitron::notifier
