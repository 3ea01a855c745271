#pragma once
// What a rule file of Prometheus means here: rules of ours, and what becomes of those that came
// from the same groups before. Pure.

#include "api/answer.hpp"
#include "rules/remarks.hpp"
#include "store/rules.hpp"

namespace monitron::api {

struct WantedRules {
  std::vector<store::Rule> rules{};
  std::vector<rules::Remark> warnings{};
};

// A refusal names the members as the file has them: groups[0].rules[2].expr.
Outcome<WantedRules> wanted_rules(const rules::RuleFile& file);

struct PlannedRule {
  enum class Action { created, updated, unchanged, removed };
  Action action = Action::created;
  store::Rule before{};  // not when it is created
  store::Rule after{};   // not when it is removed
};
const char* to_string(PlannedRule::Action action);

// `existing`: all rules of the groups. One of the same name is the same rule; of several, one that
// is the same already, else the next. What a file does not tell (whether it is enabled, what
// missing data means) stays. In the order of the file, then those that go.
std::vector<PlannedRule> plan_import(std::vector<store::Rule> wanted,
                                     std::vector<store::Rule> existing);

// The rules that Prometheus can have: those with an expression, enabled. One group per group and
// interval. `left_out`: how many are none.
rules::RuleFile rule_file_of(const std::vector<store::Rule>& rules, std::size_t& left_out);

}  // namespace monitron::api
