// Rules on the states of checks.

#include "notifier/alert_book.hpp"
#include "notifier/watched_labels.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

using domain::CheckStatus;

constexpr std::chrono::seconds kLongestEvaluation{10};

bool names(const store::Rule& rule, std::string_view state) {
  return std::find(rule.states.begin(), rule.states.end(), state) != rule.states.end();
}

std::string title_of(const std::string& name, std::string_view state) {
  return name + " is " + std::string(state);
}

}  // namespace

Changes AlertBook::observe(const domain::CheckResult& result, Instant now) {
  if (result.test_id) return {};
  const auto found = checks_.find(result.check_id.value);
  if (found == checks_.end()) return {};  // deleted, disabled, or not read yet: define() follows
  auto& check = found->second;
  check.interval = result.interval;
  check.definition.failures_before_down = result.failures_before_down;
  const auto* known = check.states.find(result.location);
  const auto before = known ? known->slot : Instant{};
  const auto step = domain::advance(check.states, result);
  Changes changes;
  if (step.at.refuted) return changes;
  note_arrival(check, result.slot, now);
  observe_samples(result, check, now, changes);
  if (step.at.state.slot == before) return with_inputs(std::move(changes));
  check.definition.said[result.location] = result.outcome.reason;
  // Of several locations those say why that see it down.
  const bool sees_it = result.locations <= 1 || step.at.state.status == CheckStatus::down;
  if (sees_it && result.outcome.status == CheckStatus::down) check.reason = result.outcome.reason;
  show_to_gate(check);
  evaluate_check(check, now, changes);
  return with_inputs(std::move(changes));
}

bool AlertBook::refutes(const domain::CheckResult& result) const {
  const auto found = checks_.find(result.check_id.value);
  if (!result.if_latest || found == checks_.end()) return false;
  const auto* known = found->second.states.find(result.location);
  return domain::advance(known ? *known : domain::CheckState{}, result).refuted;
}

domain::LabelSet AlertBook::labels_of(const Check& check) const {
  const auto host = instances_.find(check.definition.instance_id.value_or(Uuid{}));
  return notifier::labels_of(check.definition, host == instances_.end() ? nullptr : &host->second);
}

domain::LabelSet AlertBook::with_watched(domain::LabelSet labels) const {
  const auto named = [&](const char* label, const auto& watched) {
    const auto found = labels.find(label);
    const auto id = found == labels.end() ? Result<Uuid>() : Uuid::parse(found->second);
    return id ? watched.find(*id) : watched.end();
  };
  const auto check = named("check_id", checks_);
  if (check != checks_.end()) labels.merge(labels_of(check->second));
  const auto host = named("server_id", instances_);
  if (host != instances_.end()) labels.merge(notifier::labels_of(host->second));
  return labels;
}

const AlertBook::Check* AlertBook::check_of(const store::Alert& alert) const {
  const auto check = checks_.find(source_of(alert));
  return check == checks_.end() ? nullptr : &check->second;
}

void AlertBook::show_to_gate(const Check& check) {
  const auto& definition = check.definition;
  if (!machine_.gate().is_parent(definition.id)) return;
  domain::GateParent parent{
      definition.name,   labels_of(check), check.states.status, check.states.since, false, {},
      definition.timeout};
  parent.patience += check.interval * definition.failures_before_down;
  for (const auto& [location, state] : check.states.at) {
    parent.failing = parent.failing || state.last == CheckStatus::down;
    parent.slot = std::max(parent.slot, state.slot);
  }
  if (machine_.gate().see(definition.id, std::move(parent))) recovered_.insert(definition.id);
}

// A rule in PromQL is evaluated while results come: one of before that is kept.
void AlertBook::note_arrival(Check& check, Instant slot, Instant now) {
  if (now >= check.earlier.at + kLongestEvaluation) check.earlier = check.latest;
  check.latest = {slot, now};
}

AlertBook::Standing AlertBook::standing_of(const Check& check) const {
  const auto said = [&](CheckStatus last) {
    for (const auto& [location, state] : check.states.at) {
      const auto text = check.definition.said.find(location);
      if (state.last != last || text == check.definition.said.end()) continue;
      if (last == CheckStatus::up && !state.warns()) continue;
      if (!text->second.empty()) return text->second;
    }
    return std::string();
  };
  switch (check.states.status) {
    case CheckStatus::down:
      return {"down", check.reason};
    case CheckStatus::unknown:
      return {"unknown", said(CheckStatus::unknown)};
    case CheckStatus::up:
      break;
  }
  if (check.states.warning) return {"warning", said(CheckStatus::up)};
  return {"up", {}};
}

void AlertBook::evaluate_check(Check& check, Instant now, Changes& changes) {
  const bool flaps = check.states.flapping;
  const bool flapped = std::exchange(check.flapped, flaps);
  const auto standing = standing_of(check);
  const auto labels = labels_of(check);
  const auto subject = std::string(kCheckSubject) + check.definition.id.str();
  for (const auto i : check_rules_) {
    const auto& rule = *rules_[i].rule;
    if (!store::selects(rule, check.definition.id, labels)) continue;
    // That it flaps, or is unknown, says nothing to rules that do not ask for it: what fires goes
    // on, what does not stays so. To be down is no all-clear of a warning either.
    const bool asks_for_it = flaps ? names(rule, "flapping") : names(rule, standing.state);
    const bool worse = standing.state == "down" && names(rule, "warning");
    if (!asks_for_it && (flaps || worse || standing.state == "unknown")) continue;
    if (!asks_for_it && machine_.find(AlertMachine::id_of(rule.id, subject)) == nullptr) continue;
    Finding finding;
    finding.subject = subject;
    finding.title = title_of(check.definition.name, flaps ? "flapping" : standing.state);
    finding.labels = labels;
    finding.value = standing.state == "down" || standing.state == "unknown" ? 0 : 1;
    if (flaps) {
      finding.text = "its results turn between up and down all the time";
    } else {
      finding.text = standing.reason;
      if (standing.state == "up") finding.text = "up again";
      if (standing.state == "warning" && !asks_for_it) {
        finding.text = "up again, with a warning: " + standing.reason;
      }
      if (flapped) finding.text = "flapping ended: " + standing.state;
      if (flapped && !standing.reason.empty()) finding.text += ": " + standing.reason;
    }
    evaluate(i, asks_for_it, finding, now, changes);
  }
}

}  // namespace monitron::notifier
