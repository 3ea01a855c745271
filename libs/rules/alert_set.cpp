#include "rules/alert_set.hpp"

#include "rules/template.hpp"

#include <set>

namespace monitron::rules {

RuleAlert AlertSet::made_of(const Element& element) const {
  RuleAlert alert;
  alert.labels = element.labels;
  for (auto& [name, value] : filled(rule_.labels, element.labels, element.value)) {
    // As Prometheus has it: without a value there is no label.
    if (value.empty()) {
      alert.labels.erase(name);
    } else {
      alert.labels[name] = value;
    }
  }
  alert.labels["alertname"] = rule_.name;
  alert.annotations = filled(rule_.annotations, element.labels, element.value);
  alert.value = element.value;
  return alert;
}

void AlertSet::step(const domain::LabelSet& element, bool holds, Instant now,
                    std::vector<Change>& changes) {
  const auto found = alerts_.find(element);
  auto& alert = found->second;
  const auto step = domain::advance(alert.state, holds, now, rule_.times);
  const auto since = alert.state.active_since;
  alert.state = step.state;
  if (step.change != domain::AlertChange::none) changes.push_back({step.change, element, alert});
  if (alert.state.phase != domain::AlertPhase::inactive) return;
  if (!changes.empty()) changes.back().alert.state.active_since = since;
  alerts_.erase(found);
}

Result<std::vector<AlertSet::Change>> AlertSet::observe(const Elements& elements, Instant now) {
  std::map<domain::LabelSet, RuleAlert> present;
  std::set<domain::LabelSet> known;
  for (const auto& element : elements) {
    auto alert = made_of(element);
    if (!known.insert(alert.labels).second) {
      return fail(Fault::invalid,
                  "vector contains metrics with the same labelset after applying alert labels");
    }
    present[element.labels] = std::move(alert);
  }
  std::vector<Change> changes;
  for (auto at = alerts_.begin(); at != alerts_.end();) {
    const auto element = (at++)->first;  // it may be gone afterwards
    if (!present.contains(element)) step(element, false, now, changes);
  }
  for (auto& [element, alert] : present) {
    auto& stored = alerts_[element];
    // What it is called stays while people know it by that.
    if (stored.state.phase == domain::AlertPhase::firing) alert.labels = stored.labels;
    alert.state = stored.state;
    stored = std::move(alert);
    step(element, true, now, changes);
  }
  return changes;
}

}  // namespace monitron::rules
