#include "notifier/alert_book.hpp"

#include <algorithm>
#include <utility>

namespace monitron::notifier {

AlertBook::AlertBook()
    : machine_({[this](const TrackedAlert& tracked) { return may_begin(tracked); },
                [this](const TrackedAlert& tracked, Instant now) {
                  return evidence_of(tracked, now);
                }}) {}

void AlertBook::restore(std::vector<store::Alert> alerts) {
  checks_.clear();
  queries_.clear();
  failing_.clear();
  for (const auto& alert : alerts) {
    if (is_about_query(alert)) queries_[alert.rule_id].alerts.emplace(alert.id, element_of(alert));
  }
  machine_.restore(std::move(alerts));
}

Changes AlertBook::define(Definitions definitions, Instant now) {
  Changes changes;
  define_rules(std::move(definitions.rules));
  instances_.clear();
  for (auto& instance : definitions.instances) instances_[instance.id] = std::move(instance);
  define_checks(std::move(definitions.checks));
  define_gate(definitions);
  std::erase_if(queries_, [&](const auto& rule) { return !rule_places_.contains(rule.first); });
  std::erase_if(failing_, [&](const Uuid& rule) { return !rule_places_.contains(rule); });
  std::erase_if(talks_, [&](const auto& talk) {
    return !instances_.contains(talk.first) && !checks_.contains(talk.first);
  });
  note_locations(now);
  end_orphans(now, changes);
  for (auto& [id, check] : checks_) {
    if (!check.states.at.empty()) evaluate_check(check, now, changes);
  }
  evaluate_silence(definitions.fed_for, now, changes);
  evaluate_quiet_locations(definitions.fed_for, now, changes);
  return with_inputs(std::move(changes));
}

void AlertBook::define_rules(std::vector<store::Rule> rules) {
  rules_.clear();
  rule_places_.clear();
  on_rules_.clear();
  std::vector<ThresholdMatcher::Rule> thresholds;
  for (auto& rule : rules) {
    CompiledRule compiled{std::make_shared<store::Rule>(std::move(rule)), std::nullopt};
    const auto& defined = *compiled.rule;
    if (defined.kind == "threshold") {
      const auto threshold = domain::parse_threshold(defined.expr);
      if (!threshold) continue;  // api lets none in
      compiled.threshold = *threshold;
      thresholds.push_back({rules_.size(), *threshold, defined.label_selector});
    }
    if (defined.kind == "rule_failing") on_rules_.push_back(rules_.size());
    rule_places_[defined.id] = rules_.size();
    rules_.push_back(std::move(compiled));
  }
  thresholds_.define(std::move(thresholds));
}

void AlertBook::define_checks(std::vector<store::WatchedCheck> definitions) {
  std::unordered_map<Uuid, Check> checks;
  for (auto& definition : definitions) {
    const auto id = definition.id;
    auto stored = std::exchange(definition.states, {});
    Check check{std::move(definition), {}, {}, {}};
    const auto& now_asked = check.definition;
    check.reason = now_asked.reason;
    check.interval = now_asked.interval;
    if (const auto known = checks_.find(id); known == checks_.end()) {
      check.states = std::move(stored);
      domain::run_from(check.states, now_asked.locations);
    } else {
      check.states = std::move(known->second.states);
      check.flapped = known->second.flapped;
      const bool moved = check.states.locations != now_asked.locations;
      domain::run_from(check.states, now_asked.locations);
      if (moved) {
        domain::settle(check.states, static_cast<int>(now_asked.locations.size()), now_asked.quorum,
                       now_asked.interval);
      }
      const auto before = check.states;
      domain::take_over(check.states, stored, static_cast<int>(now_asked.locations.size()),
                        now_asked.quorum, now_asked.interval);
      if (check.states == before) {
        check.reason = std::move(known->second.reason);
        check.definition.said = std::move(known->second.definition.said);
      }
    }
    checks.emplace(id, std::move(check));
  }
  checks_ = std::move(checks);
}

void AlertBook::define_gate(Definitions& definitions) {
  auto& gate = machine_.gate();
  gate.define(std::move(definitions.windows), std::move(definitions.dependencies));
  for (const auto& id : gate.parents()) {
    const auto check = checks_.find(id);
    if (check == checks_.end()) {
      gate.forget(id);
    } else {
      show_to_gate(check->second);
    }
  }
}

// Why the alert cannot go on; nothing when it can.
const char* AlertBook::orphaned(const store::Alert& alert) const {
  const auto rule = rule_places_.find(alert.rule_id);
  if (rule == rule_places_.end()) return "the rule is gone or disabled";
  if (alert.subject.starts_with(kDrillSubject)) return nullptr;
  const auto source = source_of(alert);
  const auto& asked = rules_[rule->second];
  if (is_about_query(alert)) {
    return is_query(*asked.rule) ? nullptr : "the rule is no longer about it";
  }
  if (is_about_silence(alert)) return orphaned_silence(alert, *asked.rule);
  if (is_about_rule(alert)) return orphaned_failure(alert, *asked.rule);
  if (!is_about_check(alert)) {
    if (!instances_.contains(source) && !checks_.contains(source)) {
      return "the server or check is gone";
    }
    return asked.threshold ? nullptr : "the rule is no longer about it";
  }
  const auto check = checks_.find(source);
  if (check == checks_.end()) return "the check was deleted or paused";
  return selects(*asked.rule, check->second) ? nullptr : "the rule is no longer about it";
}

void AlertBook::end_orphans(Instant now, Changes& changes) {
  for (auto& [id, tracked] : machine_.all()) {
    const auto place = rule_places_.find(tracked.alert.rule_id);
    tracked.rule = place == rule_places_.end() ? nullptr : rules_[place->second].rule;
    if (tracked.seen != Instant{}) continue;
    tracked.seen = now;  // restored: it gets its time to be seen
    mark_heard(tracked);
  }
  machine_.end_those([&](TrackedAlert& tracked) { return orphaned(tracked.alert); }, now, changes);
}

TrackedAlert* AlertBook::evaluate(std::size_t place, bool holds, const Finding& finding,
                                  Instant now, Changes& changes) {
  auto* tracked = machine_.evaluate(rules_[place].rule, holds, finding, now, changes);
  if (tracked != nullptr) mark_heard(*tracked);
  return tracked;
}

Changes AlertBook::tick(Instant now, bool listening) {
  Changes changes;
  if (!listening) {
    for (auto& [id, tracked] : machine_.all()) tracked.seen = now;
    return changes;
  }
  machine_.end_those([&](TrackedAlert& tracked) { return silenced(tracked, now); }, now, changes);
  machine_.tick(now, changes);
  return with_inputs(std::move(changes));
}

}  // namespace monitron::notifier
