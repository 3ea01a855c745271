#include "notifier/alert_machine.hpp"

#include "base/bytes.hpp"
#include "base/label_name.hpp"
#include "notifier/drill_beat.hpp"
#include "notifier/threshold_matcher.hpp"
#include "rules/template.hpp"

#include <cstring>
#include <utility>

namespace monitron::notifier {
namespace {

using domain::AlertChange;
using domain::AlertPhase;

constexpr std::chrono::seconds kRetold{10};
constexpr std::chrono::seconds kRefreshed{30};
constexpr std::size_t kMaxAlerts = 100'000;

domain::AlertTimes times_of(const store::Rule& rule) {
  // The time of a silence is over when it is found.
  const bool is_over = rule.kind.ends_with("_silent");
  return {std::chrono::seconds(is_over ? 0 : rule.for_seconds),
          std::chrono::seconds(rule.keep_firing_for_seconds)};
}

bool is_held_back(const store::Alert& alert) {
  return alert.state.phase == AlertPhase::firing && alert.incident_id.is_nil();
}

// Drills try the way that is behind the gate.
bool gate_asks(const TrackedAlert& tracked) {
  return tracked.rule == nullptr || tracked.rule->kind != kDrillKind;
}

// A window's end is worked out ahead as far as need be.
bool is_another(const domain::GateShut& now, const domain::GateShut& before) {
  if (now.kind != before.kind || now.id != before.id) return true;
  return now.kind != domain::GateKind::maintenance && now.text != before.text;
}

// Of the rule as far as the alert itself tells, when it is gone.
store::Rule rule_of(const TrackedAlert& tracked) {
  if (tracked.rule) return *tracked.rule;
  const auto& labels = tracked.alert.labels;
  const auto label = [&](const char* name) {
    const auto found = labels.find(name);
    return found == labels.end() ? std::string() : found->second;
  };
  store::Rule rule;
  rule.id = tracked.alert.rule_id;
  rule.name = label("alertname");
  rule.severity = label("severity");
  return rule;
}

void add_change(AlertChange change, TrackedAlert& tracked, Instant now, Changes& changes) {
  if (change == AlertChange::none) return;
  tracked.told = tracked.alert.text;
  tracked.told_at = now;
  changes.push_back({change, tracked.alert, rule_of(tracked), now});
}

// Whether what is known of it is other words than were stored last. Both may be others at each
// look: reasons of checks, which belong to the incident, and values, which are only shown.
AlertChange news_of(const TrackedAlert& tracked, Instant now) {
  const auto& alert = tracked.alert;
  if (alert.text == tracked.told) return AlertChange::none;
  const auto since = now - tracked.told_at;
  if (!is_about_check(alert)) {
    return since >= kRefreshed ? AlertChange::refreshed : AlertChange::none;
  }
  const bool is_told = alert.state.phase == AlertPhase::firing && since >= kRetold;
  return is_told ? AlertChange::retold : AlertChange::none;
}

void describe(TrackedAlert& tracked, bool holds, const Finding& finding) {
  auto& alert = tracked.alert;
  alert.value = finding.value;
  tracked.last_title = finding.title;
  if (!finding.text.empty()) tracked.last_text = without_nul(finding.text);
  // What is told of an alert stays so until it ends.
  if (holds) {
    alert.title = finding.title;
    if (!finding.text.empty()) alert.text = without_nul(finding.text);
  }
  if (!alert.incident_id.is_nil()) return;
  const auto& rule = *tracked.rule;
  alert.labels = finding.labels;
  for (auto& [name, value] :
       rules::filled(rule.labels, finding.labels, rules::told_value(finding.value))) {
    alert.labels[as_label_name(name)] = without_nul(std::move(value));
  }
  alert.labels["alertname"] = rule.name;
  alert.labels["severity"] = rule.severity;
}

// By the last words of its condition.
void say_the_end(TrackedAlert& tracked) {
  if (!tracked.last_title.empty()) tracked.alert.title = tracked.last_title;
  if (!tracked.last_text.empty()) tracked.alert.text = tracked.last_text;
}

}  // namespace

bool is_about_check(const store::Alert& alert) { return alert.subject.starts_with(kCheckSubject); }

bool is_about_silence(const store::Alert& alert) {
  return alert.subject.starts_with(kInstanceSubject) || alert.subject.starts_with(kLocationSubject);
}

bool is_about_query(const store::Alert& alert) { return alert.subject.starts_with(kQuerySubject); }

bool is_about_rule(const store::Alert& alert) { return alert.subject.starts_with(kRuleSubject); }

Uuid source_of(const store::Alert& alert) {
  const auto start = alert.subject.find(':') + 1;  // 0 when there is none
  return Uuid::parse(std::string_view(alert.subject).substr(start, 36)).value_or(Uuid{});
}

Uuid AlertMachine::id_of(const Uuid& rule, const std::string& subject) {
  Uuid id;
  const auto hash = sha256(rule.str() + " " + subject);
  std::memcpy(id.bytes.data(), hash.data(), id.bytes.size());
  return id;
}

void AlertMachine::restore(std::vector<store::Alert> alerts) {
  alerts_.clear();
  for (auto& alert : alerts) {
    const auto id = alert.id;
    auto& tracked = alerts_[id];
    tracked.told = alert.text;
    tracked.alert = std::move(alert);
  }
}

TrackedAlert* AlertMachine::find(const Uuid& id) {
  const auto found = alerts_.find(id);
  return found == alerts_.end() ? nullptr : &found->second;
}

const TrackedAlert* AlertMachine::find(const Uuid& id) const {
  const auto found = alerts_.find(id);
  return found == alerts_.end() ? nullptr : &found->second;
}

TrackedAlert* AlertMachine::begin(const RulePtr& rule, const std::string& subject) {
  if (alerts_.size() >= kMaxAlerts) {
    ++refused_;
    return nullptr;
  }
  const auto id = id_of(rule->id, subject);
  auto& tracked = alerts_[id];
  tracked.alert.id = id;
  tracked.alert.rule_id = rule->id;
  tracked.alert.subject = subject;
  return &tracked;
}

TrackedAlert* AlertMachine::evaluate(const RulePtr& rule, bool holds, const Finding& finding,
                                     Instant now, Changes& changes) {
  auto* tracked = find(id_of(rule->id, finding.subject));
  if (tracked == nullptr) {
    tracked = holds ? begin(rule, finding.subject) : nullptr;
    if (tracked == nullptr) return nullptr;
  }
  auto& alert = tracked->alert;
  tracked->rule = rule;
  tracked->seen = now;
  tracked->observed = finding.observed == Instant{} ? now : finding.observed;
  describe(*tracked, holds, finding);
  const auto step = domain::advance(alert.state, holds, now, times_of(*rule));
  const auto since = alert.state.active_since;
  alert.state = step.state;
  auto change = pass_gate(*tracked, step.change, holds, now);
  const bool ended = alert.state.phase == AlertPhase::inactive;
  if (ended) {
    alert.state.active_since = since;
    say_the_end(*tracked);
  }
  if (change == AlertChange::none && !ended) change = news_of(*tracked, now);
  add_change(change, *tracked, now, changes);
  if (!ended) return tracked;
  alerts_.erase(alert.id);
  return nullptr;
}

AlertChange AlertMachine::pass_gate(TrackedAlert& tracked, AlertChange change, bool holds,
                                    Instant now) {
  const bool unheard = tracked.alert.incident_id.is_nil();
  if (change == AlertChange::resolved && unheard) return AlertChange::cleared;
  if (change == AlertChange::fired) return ask(tracked, now);
  if (!holds || !is_held_back(tracked.alert)) return change;
  const auto asked = ask(tracked, now);
  return asked == AlertChange::none ? change : asked;
}

// fired: it is open; suppressed: it is shut for another reason than before.
AlertChange AlertMachine::ask(TrackedAlert& tracked, Instant now) {
  auto& alert = tracked.alert;
  const auto evidence = witness_.evidence(tracked, now);
  auto shut = gate_asks(tracked)
                  ? gate_.decide(
                        {alert.labels, alert.state.active_since, evidence.at, evidence.period}, now)
                  : std::nullopt;
  const bool is_new = shut && (!alert.suppressed_by || is_another(*shut, *alert.suppressed_by));
  alert.suppressed_by = std::move(shut);
  if (alert.suppressed_by) return is_new ? AlertChange::suppressed : AlertChange::none;
  alert.incident_id = Uuid::make();
  return AlertChange::fired;
}

void AlertMachine::tick(Instant now, Changes& changes) {
  std::vector<Uuid> ended;
  for (auto& [id, tracked] : alerts_) {
    auto& alert = tracked.alert;
    auto change = AlertChange::none;
    if (alert.state.keep_until) {
      const auto since = alert.state.active_since;
      const auto step = domain::advance(alert.state, false, now, times_of(rule_of(tracked)));
      alert.state = step.state;
      change = pass_gate(tracked, step.change, false, now);
      if (alert.state.phase == AlertPhase::inactive) {
        alert.state.active_since = since;
        say_the_end(tracked);
        ended.push_back(id);
      }
    } else if (tracked.rule && witness_.may_begin(tracked)) {
      if (alert.state.phase == AlertPhase::pending && !is_about_query(alert)) {
        const auto step = domain::advance(alert.state, true, now, times_of(*tracked.rule));
        alert.state = step.state;
        change = pass_gate(tracked, step.change, true, now);
      } else if (is_held_back(alert)) {
        change = ask(tracked, now);
      }
    }
    add_change(change, tracked, now, changes);
  }
  for (const auto& id : ended) alerts_.erase(id);
}

void AlertMachine::pass_over(std::chrono::milliseconds time) {
  for (auto& [id, tracked] : alerts_) {
    auto& state = tracked.alert.state;
    if (state.phase == AlertPhase::pending) state.active_since += time;
    if (state.keep_until) *state.keep_until += time;
    tracked.seen += time;
    tracked.told_at += time;
  }
}

void AlertMachine::end_those(const std::function<const char*(TrackedAlert&)>& why, Instant now,
                             Changes& changes) {
  std::vector<Uuid> gone;
  for (auto& [id, tracked] : alerts_) {
    const char* reason = why(tracked);
    if (reason == nullptr) continue;
    end(tracked, reason, now, changes);
    gone.push_back(id);
  }
  for (const auto& id : gone) alerts_.erase(id);
}

void AlertMachine::end(TrackedAlert& tracked, const std::string& why, Instant now,
                       Changes& changes) {
  auto& alert = tracked.alert;
  const bool told = alert.state.phase == AlertPhase::firing && !is_held_back(alert);
  alert.state.phase = AlertPhase::inactive;
  alert.state.keep_until.reset();
  alert.text = why;
  if (is_about_check(alert)) alert.title = alert.labels["check"] + " is no longer watched";
  add_change(told ? AlertChange::resolved : AlertChange::cleared, tracked, now, changes);
}

Changes AlertMachine::firing(Instant now) const {
  Changes firing;
  for (const auto& [id, tracked] : alerts_) {
    const auto& alert = tracked.alert;
    if (alert.state.phase != AlertPhase::firing || is_held_back(alert)) continue;
    firing.push_back({AlertChange::fired, alert, rule_of(tracked), now});
  }
  return firing;
}

}  // namespace monitron::notifier
