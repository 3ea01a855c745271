#include "notifier/digest.hpp"

#include <algorithm>
#include <set>

namespace monitron::notifier {
namespace {

using contracts::AlertChanged;
using Rule = std::vector<const AlertChanged*>;

std::string value_of(const AlertChanged& alert, const std::string& label) {
  const auto found = alert.labels.find(label);
  return found == alert.labels.end() ? std::string() : found->second;
}

std::set<std::string> names_that_differ(const Rule& alerts) {
  std::set<std::string> names;
  for (const auto* alert : alerts) {
    for (const auto& [name, value] : alert->labels) names.insert(name);
  }
  std::erase_if(names, [&](const auto& name) {
    const auto first = value_of(*alerts.front(), name);
    return std::all_of(alerts.begin(), alerts.end(),
                       [&](const auto* alert) { return value_of(*alert, name) == first; });
  });
  if (names.contains("check")) names.erase("check_id");
  if (names.contains("instance")) names.erase("server_id");
  return names;
}

}  // namespace

std::vector<Labels> differing_labels(const std::vector<AlertChanged>& alerts) {
  std::map<RuleId, Rule> rules;
  for (const auto& alert : alerts) rules[alert.rule_id].push_back(&alert);
  std::map<RuleId, std::set<std::string>> names;
  for (const auto& [id, rule] : rules) names[id] = names_that_differ(rule);
  std::vector<Labels> all;
  for (const auto& alert : alerts) {
    Labels& own = all.emplace_back();
    for (const auto& name : names[alert.rule_id]) {
      const auto found = alert.labels.find(name);
      if (found != alert.labels.end()) own.insert(*found);
    }
  }
  return all;
}

}  // namespace monitron::notifier
