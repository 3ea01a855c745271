#include "api/rule_twins.hpp"

#include "base/label_name.hpp"
#include "domain/threshold.hpp"

#include <algorithm>
#include <set>

namespace monitron::api {
namespace {

// Labels that what it is about has for certain.
store::Labels selected(const store::Rule& rule) {
  auto labels = with_plain_names(rule.label_selector);
  if (rule.kind != "threshold") return labels;
  if (auto threshold = domain::parse_threshold(rule.expr)) labels.merge(threshold->labels);
  return labels;
}

bool are_apart(const store::Rule& a, const store::Rule& b) {
  if (a.check_id && b.check_id && a.check_id != b.check_id) return true;
  const auto of_b = selected(b);
  const auto of_a = selected(a);
  return std::any_of(of_a.begin(), of_a.end(), [&](const auto& label) {
    const auto other = of_b.find(label.first);
    return other != of_b.end() && other->second != label.second;
  });
}

bool is_of_a_file(const store::Rule& rule) { return !rule.group_name.empty(); }

}  // namespace

bool are_twins(const store::Rule& a, const store::Rule& b) {
  const auto alerts = [](const store::Rule& rule) {
    return rule.enabled && rule.kind != "recording";
  };
  return alerts(a) && alerts(b) && a.name == b.name && a.severity == b.severity &&
         with_plain_names(a.labels) == with_plain_names(b.labels) && !are_apart(a, b);
}

const store::Rule* new_twin(const store::Rule& rule, const store::Rule* before,
                            const std::vector<store::Rule>& others) {
  const auto found = std::find_if(others.begin(), others.end(), [&](const store::Rule& other) {
    if (other.id == rule.id || !are_twins(rule, other)) return false;
    if (is_of_a_file(rule) && is_of_a_file(other)) return false;
    return before == nullptr || !are_twins(*before, other);
  });
  return found == others.end() ? nullptr : &*found;
}

std::vector<rules::Remark> remarks_on_twins(const std::vector<PlannedRule>& plan,
                                            const std::vector<store::Rule>& existing) {
  std::set<Uuid> planned;
  std::multimap<std::string, const store::Rule*> all;
  for (const auto& one : plan) {
    if (one.action != PlannedRule::Action::created) planned.insert(one.before.id);
    if (one.action != PlannedRule::Action::removed) all.emplace(one.after.name, &one.after);
  }
  for (const auto& rule : existing) {
    if (!planned.contains(rule.id)) all.emplace(rule.name, &rule);
  }
  std::vector<rules::Remark> remarks;
  for (const auto& one : plan) {
    if (one.action == PlannedRule::Action::removed) continue;
    const auto [begin, end] = all.equal_range(one.after.name);
    const bool twin = std::any_of(begin, end, [&](const auto& other) {
      return other.second != &one.after && are_twins(one.after, *other.second);
    });
    if (!twin) continue;
    remarks.push_back({one.after.group_name, one.after.name, "alert",
                       "another rule of this name, severity and labels is on: where both fire for "
                       "the same thing, there are two incidents, and one alert in Alertmanager"});
  }
  return remarks;
}

}  // namespace monitron::api
