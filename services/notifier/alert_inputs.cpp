// What the machine of alerts asks of the book, and what is told of its decisions: what was looked
// at.

#include "notifier/alert_book.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

using Json = nlohmann::json;
using domain::AlertChange;
using domain::CheckStatus;

// Who compares with last week is not waited for until then.
constexpr std::chrono::seconds kLongestSpan{3600};

// Since when it is known to be so: of what is down, by as many locations as must see that, of which
// one does and none sees it up; of the rest, by the latest result.
Instant latest_slot(const domain::CheckStates& states, int quorum) {
  const bool down = states.status == CheckStatus::down;
  std::vector<Instant> slots;
  bool seen = false;
  for (const auto& [location, state] : states.at) {
    if (down && state.last == CheckStatus::up) continue;
    seen = seen || state.last == CheckStatus::down;
    slots.push_back(state.slot);
  }
  std::sort(slots.begin(), slots.end(), std::greater<>());
  const auto needed = static_cast<std::size_t>(down ? std::max(quorum, 1) : 1);
  return slots.size() < needed || (down && !seen) ? Instant{} : slots[needed - 1];
}

Json inputs_of(const store::Rule& rule) {
  Json json{{"id", rule.id.str()},
            {"version", rule.version},
            {"kind", rule.kind},
            {"for_seconds", rule.for_seconds},
            {"keep_firing_for_seconds", rule.keep_firing_for_seconds}};
  if (!rule.expr.empty()) json["expr"] = rule.expr;
  if (rule.kind == "check_state") json["states"] = rule.states;
  return json;
}

Json gate_json(const std::optional<domain::GateShut>& shut) {
  if (!shut) return {{"open", true}};
  return {{"open", false},
          {"kind", domain::to_string(shut->kind)},
          {"id", shut->id.str()},
          {"name", shut->name},
          {"text", shut->text}};
}

}  // namespace

bool AlertBook::may_begin(const TrackedAlert& tracked) const {
  if (is_about_rule(tracked.alert)) return failing_.contains(source_of(tracked.alert));
  if (!is_about_check(tracked.alert)) {
    // About a check that could not be run lately: it does not fire by time alone.
    const auto* check = check_of(tracked.alert);
    return check == nullptr || check->states.status != CheckStatus::unknown;
  }
  const auto* check = check_of(tracked.alert);
  if (check == nullptr) return true;
  const auto asks_for = [&](std::string_view state) {
    const auto& states = tracked.rule->states;
    return std::find(states.begin(), states.end(), state) != states.end();
  };
  if (check->states.flapping) return asks_for("flapping");
  // Down is worse than the warning that it would tell of.
  if (check->states.status == CheckStatus::down) return asks_for("down") || !asks_for("warning");
  return check->states.status != CheckStatus::unknown || asks_for("unknown");
}

AlertMachine::Witness::Evidence AlertBook::evidence_of(const TrackedAlert& tracked,
                                                       Instant now) const {
  const auto& alert = tracked.alert;
  const std::chrono::seconds hold_for(tracked.rule->for_seconds);
  const auto checked = [&](const Check& check) -> AlertMachine::Witness::Evidence {
    if (!is_run(check.definition)) return {now, check.interval};
    return {latest_slot(check.states, check.definition.quorum), check.interval};
  };
  if (is_about_silence(alert)) return {now - hold_for};  // silent for that long since
  if (is_about_query(alert)) return evidence_of_query(tracked);
  if (!is_about_check(alert)) return {tracked.observed};
  const auto* check = check_of(alert);
  return check == nullptr ? AlertMachine::Witness::Evidence{now} : checked(*check);
}

// What its ranges reach was so meanwhile; of a check, by a result that had come when the rule was
// evaluated.
AlertMachine::Witness::Evidence AlertBook::evidence_of_query(const TrackedAlert& tracked) const {
  const auto memory = queries_.find(tracked.alert.rule_id);
  if (memory == queries_.end() || !memory->second.span) return {};  // not evaluated here yet
  const auto span = std::min(*memory->second.span, kLongestSpan);
  const auto label = tracked.alert.labels.find("check_id");
  const auto id = Uuid::parse(label == tracked.alert.labels.end() ? "" : label->second);
  const auto check = checks_.find(id.value_or(Uuid{}));
  if (check != checks_.end() && is_run(check->second.definition)) {
    const auto& [latest, earlier] = std::tie(check->second.latest, check->second.earlier);
    const auto& known = tracked.observed > latest.at ? latest : earlier;
    const auto slot = tracked.observed > known.at ? known.slot : Instant{};
    return {std::min(slot, tracked.observed - span), std::max(check->second.interval, span)};
  }
  const std::chrono::seconds interval(tracked.rule->interval_seconds);
  const std::chrono::seconds hold_for(tracked.rule->for_seconds);
  return {tracked.seen - std::max({hold_for, interval, span}), std::max(interval, span)};
}

Json AlertBook::votes_of(const Check& check) const {
  auto votes = Json::array();
  for (const auto& [location, state] : check.states.at) {
    const auto said = check.definition.said.find(location);
    votes.push_back({{"location", location},
                     {"status", domain::to_string(state.status)},
                     {"result", domain::to_string(state.last)},
                     {"failures", state.failures},
                     {"successes", state.successes},
                     {"unknowns", state.unknowns},
                     {"flapping_percent", state.flapping.percent()},
                     {"warning", state.warns()},
                     {"slot", to_rfc3339(state.slot)},
                     {"reason", said == check.definition.said.end() ? "" : said->second}});
  }
  return votes;
}

Changes AlertBook::with_inputs(Changes changes) const {
  for (auto& change : changes) {
    const auto& alert = change.alert;
    auto& inputs = change.inputs;
    inputs["rule"] = inputs_of(change.rule);
    inputs["active_since"] = to_rfc3339(alert.state.active_since);
    const auto* check = is_about_check(alert) ? check_of(alert) : nullptr;
    if (check != nullptr) {
      inputs["votes"] = votes_of(*check);
      inputs["quorum"] = check->definition.quorum;
      inputs["failures_before_down"] = check->definition.failures_before_down;
      inputs["state"] = check->states.flapping ? "flapping" : standing_of(*check).state;
    } else {
      const auto* tracked = machine_.find(alert.id);
      const auto observed = tracked == nullptr ? change.at : tracked->observed;
      inputs["samples"] = {
          {{"labels", alert.labels}, {"time", to_rfc3339(observed)}, {"value", alert.value}}};
    }
    const bool asked = change.change == AlertChange::fired ||
                       change.change == AlertChange::suppressed || alert.suppressed_by;
    if (asked) inputs["gate"] = gate_json(alert.suppressed_by);
  }
  return changes;
}

}  // namespace monitron::notifier
