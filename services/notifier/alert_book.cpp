#include "notifier/alert_book.hpp"

#include "notifier/watched_labels.hpp"

#include <algorithm>
#include <tuple>
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
  const bool other_rules = define_rules(std::move(definitions.rules));
  const bool other_hosts = define_instances(std::move(definitions.instances));
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
    // Most are as they were, and there may be many.
    const bool altered = std::exchange(check.altered, false) || other_rules || other_hosts;
    if (altered && !check.states.at.empty()) evaluate_check(check, now, changes);
  }
  evaluate_silence(definitions.fed_for, now, changes);
  evaluate_quiet_locations(definitions.fed_for, now, changes);
  changes = with_inputs(std::move(changes));
  observe_strangers(now, changes);
  return changes;
}

bool AlertBook::define_rules(std::vector<store::Rule> rules) {
  const auto is_same = [](const CompiledRule& known, const store::Rule& rule) {
    return *known.rule == rule;
  };
  if (std::equal(rules_.begin(), rules_.end(), rules.begin(), rules.end(), is_same)) return false;
  rules_.clear();
  rule_places_.clear();
  on_rules_.clear();
  check_rules_.clear();
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
    if (defined.kind == "check_state") check_rules_.push_back(rules_.size());
    rule_places_[defined.id] = rules_.size();
    rules_.push_back(std::move(compiled));
  }
  thresholds_.define(std::move(thresholds));
  return true;
}

bool AlertBook::define_instances(std::vector<store::WatchedInstance> definitions) {
  std::unordered_map<Uuid, store::WatchedInstance> instances(definitions.size());
  bool altered = false;
  for (auto& definition : definitions) {
    const auto id = definition.id;
    auto known = instances_.extract(id);
    if (!known) {
      instances.emplace(id, std::move(definition));
      altered = true;
      continue;
    }
    auto& before = known.mapped();
    if (before.hostname != definition.hostname || before.labels != definition.labels) {
      thresholds_.forget(id);
      altered = true;
    }
    before = std::move(definition);
    instances.insert(std::move(known));
  }
  altered = altered || !instances_.empty();
  for (const auto& [id, gone] : instances_) thresholds_.forget(id);
  instances_ = std::move(instances);
  return altered;
}

void AlertBook::define_checks(std::vector<store::WatchedCheck> definitions) {
  std::unordered_map<Uuid, Check> checks(definitions.size());
  for (auto& definition : definitions) {
    const auto id = definition.id;
    if (auto known = checks_.extract(id)) {
      look_again(known.mapped(), std::move(definition));
      checks.insert(std::move(known));
    } else {
      checks.emplace(id, first_look(std::move(definition)));
    }
  }
  checks_ = std::move(checks);
}

AlertBook::Check AlertBook::first_look(store::WatchedCheck definition) {
  Check check;
  check.states = std::exchange(definition.states, {});
  check.reason = definition.reason;
  check.interval = definition.interval;
  domain::run_from(check.states, definition.locations);
  // They came before anything was evaluated here.
  for (const auto& [location, state] : check.states.at) {
    check.latest.slot = std::max(check.latest.slot, state.slot);
  }
  check.definition = std::move(definition);
  return check;
}

// What was observed stays, but for states that are newer.
void AlertBook::look_again(Check& check, store::WatchedCheck definition) {
  const auto names = [](const store::WatchedCheck& one) {
    return std::tie(one.name, one.kind, one.target, one.locations, one.quorum, one.instance_id,
                    one.labels);
  };
  check.altered = names(check.definition) != names(definition);
  const auto stored = std::exchange(definition.states, {});
  const auto locations = static_cast<int>(definition.locations.size());
  const bool moved = check.states.locations != definition.locations;
  domain::run_from(check.states, definition.locations);
  if (moved) domain::settle(check.states, locations, definition.quorum, definition.interval);
  const auto before = check.states;
  domain::take_over(check.states, stored, locations, definition.quorum, definition.interval);
  if (check.states == before) {
    definition.reason = std::move(check.reason);
    definition.said = std::move(check.definition.said);
  } else {
    check.altered = true;
  }
  check.reason = definition.reason;
  check.interval = definition.interval;
  check.definition = std::move(definition);
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
  const bool selected = store::selects(*asked.rule, source, labels_of(check->second));
  return selected ? nullptr : "the rule is no longer about it";
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

void AlertBook::pass_over(std::chrono::milliseconds time) {
  machine_.pass_over(time);
  for (auto& [source, talk] : talks_) talk.last += time;
  looked_ += time;
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
