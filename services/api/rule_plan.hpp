#pragma once
// What a rule file of Prometheus means here: rules of ours, and what becomes of those that came
// from the same groups before. Pure.

#include "api/answer.hpp"
#include "rules/remarks.hpp"
#include "store/rules.hpp"

#include <map>
#include <set>

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

// `groups`: those of the file, also those without rules. `existing`: all rules there are. Rules are
// the same if groups and names are; of several, one that says the same, else one of the same
// expression, else the next. A group that an export has made, of rules of no group or of one of
// several intervals, means those. What a file does not tell (whether it is enabled, what missing
// data means) stays, and so do rules that an export leaves out. In the order of the file, then
// those that go.
std::vector<PlannedRule> plan_import(std::vector<store::Rule> wanted,
                                     const std::set<std::string>& groups,
                                     std::vector<store::Rule> existing);

// Groups as files have them: in one of theirs, all rules have the same interval. Those of no group
// are in one for each interval, and so are those of a group that has several.
class FileGroups {
 public:
  // All rules there are.
  explicit FileGroups(const std::vector<store::Rule>& rules);
  // Of one of them. What is of a kind that no file has is in a group of its kind.
  std::string name_of(const store::Rule& rule) const;

 private:
  std::map<std::string, std::set<int>> intervals_;
};

// The rules that Prometheus can have: those with an expression, enabled. One group per group and
// interval. `left_out`: how many are none.
rules::RuleFile rule_file_of(const std::vector<store::Rule>& rules, std::size_t& left_out);

}  // namespace monitron::api
