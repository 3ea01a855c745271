#include "notifier/alert_book.hpp"

#include "base/bytes.hpp"
#include "notifier/watched_labels.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

namespace monitron::notifier {
namespace {

using domain::AlertChange;
using domain::AlertPhase;
using domain::LabelSet;

constexpr std::chrono::minutes kStale{5};
constexpr std::chrono::seconds kRetold{10};
constexpr std::chrono::minutes kPause{1};  // longer gaps count as this much talk
constexpr std::string_view kCheckSubject = "check:";
constexpr auto kNoRule = static_cast<std::size_t>(-1);
constexpr std::size_t kMaxAlerts = 100'000;

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

void merge(LabelSet& labels, const LabelSet& more) {
  for (const auto& [name, value] : more) labels[name] = value;
}

bool has_newer(const contracts::Batch& batch, std::int64_t oldest) {
  const auto newer = [&](const auto& one) { return one.time_ms >= oldest; };
  return std::any_of(batch.blocks.begin(), batch.blocks.end(), [&](const auto& block) {
    return std::any_of(block.frames.begin(), block.frames.end(), newer) ||
           std::any_of(block.points.begin(), block.points.end(), newer);
  });
}

Changes operator+(Changes a, Changes b) {
  a.insert(a.end(), std::make_move_iterator(b.begin()), std::make_move_iterator(b.end()));
  return a;
}

}  // namespace

Uuid AlertBook::alert_id(const Uuid& rule, const std::string& subject) {
  Uuid id;
  const auto hash = sha256(rule.str() + " " + subject);
  std::memcpy(id.bytes.data(), hash.data(), id.bytes.size());
  return id;
}

void AlertBook::restore(std::vector<store::Alert> alerts) {
  alerts_.clear();
  checks_.clear();
  in_result_.clear();
  for (auto& alert : alerts) {
    const auto id = alert.id;
    if (is_about_query(alert)) in_result_[alert.rule_id].insert(id);
    auto& tracked = alerts_[id];
    tracked.told = alert.text;
    tracked.alert = std::move(alert);
  }
}

Changes AlertBook::define(Definitions definitions, Instant now) {
  Changes changes;
  rules_.clear();
  rule_places_.clear();
  std::vector<ThresholdMatcher::Rule> thresholds;
  for (auto& rule : definitions.rules) {
    CompiledRule compiled{std::move(rule), std::nullopt};
    if (compiled.rule.kind == "threshold") {
      const auto threshold = domain::parse_threshold(compiled.rule.expr);
      if (!threshold) continue;  // api lets none in
      compiled.threshold = *threshold;
      thresholds.push_back({rules_.size(), *threshold, compiled.rule.label_selector});
    }
    rule_places_[compiled.rule.id] = rules_.size();
    rules_.push_back(std::move(compiled));
  }
  thresholds_.define(std::move(thresholds));
  instances_.clear();
  for (auto& instance : definitions.instances) instances_[instance.id] = std::move(instance);
  std::unordered_map<Uuid, Check> checks;
  for (auto& definition : definitions.checks) {
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
      const bool moved = check.states.locations != now_asked.locations;
      domain::run_from(check.states, now_asked.locations);
      if (moved) {
        domain::settle(check.states, static_cast<int>(now_asked.locations.size()), now_asked.quorum,
                       now_asked.interval);
      }
      const auto before = check.states;
      domain::take_over(check.states, stored, static_cast<int>(now_asked.locations.size()),
                        now_asked.quorum, now_asked.interval);
      if (check.states == before) check.reason = std::move(known->second.reason);
    }
    checks.emplace(id, std::move(check));
  }
  checks_ = std::move(checks);
  std::erase_if(in_result_, [&](const auto& rule) { return !rule_places_.contains(rule.first); });
  std::erase_if(talks_, [&](const auto& talk) {
    return !instances_.contains(talk.first) && !checks_.contains(talk.first);
  });
  note_locations(now);
  end_orphans(now, changes);
  for (const auto& [id, check] : checks_) {
    if (!check.states.at.empty()) changes = std::move(changes) + evaluate_check(check, now);
  }
  evaluate_silence(definitions.fed_for, now, changes);
  evaluate_quiet_locations(definitions.fed_for, now, changes);
  return changes;
}

bool AlertBook::is_about_check(const store::Alert& alert) {
  return alert.subject.starts_with(kCheckSubject);
}

// The check or the instance that the alert is about.
Uuid AlertBook::source_of(const store::Alert& alert) {
  const auto start = alert.subject.find(':') + 1;  // 0 when there is none
  return Uuid::parse(std::string_view(alert.subject).substr(start, 36)).value_or(Uuid{});
}

// Why the alert cannot go on; nothing when it can.
const char* AlertBook::orphaned(const store::Alert& alert) const {
  const auto rule = rule_places_.find(alert.rule_id);
  if (rule == rule_places_.end()) return "the rule is gone or disabled";
  const auto source = source_of(alert);
  const auto& asked = rules_[rule->second];
  if (is_about_query(alert)) {
    return asked.rule.kind == "promql" ? nullptr : "the rule is no longer about it";
  }
  if (is_about_silence(alert)) return orphaned_silence(alert, asked.rule);
  if (!is_about_check(alert)) {
    if (!instances_.contains(source) && !checks_.contains(source)) {
      return "the server or check is gone";
    }
    return asked.threshold ? nullptr : "the rule is no longer about it";
  }
  const auto check = checks_.find(source);
  if (check == checks_.end()) return "the check was deleted or paused";
  return selects(asked.rule, check->second) ? nullptr : "the rule is no longer about it";
}

void AlertBook::end_orphans(Instant now, Changes& changes) {
  std::vector<Uuid> gone;
  for (auto& [id, tracked] : alerts_) {
    // Restored: it gets its time to be seen.
    if (tracked.seen == Instant{}) mark_seen(tracked, now);
    const auto place = rule_places_.find(tracked.alert.rule_id);
    tracked.rule = place == rule_places_.end() ? kNoRule : place->second;
    if (const char* why = orphaned(tracked.alert)) {
      end(tracked, why, now, changes);
      gone.push_back(id);
    }
  }
  for (const auto& id : gone) alerts_.erase(id);
}

Changes AlertBook::observe(const domain::CheckResult& result, Instant now) {
  if (result.test_id) return {};
  const auto found = checks_.find(result.check_id.value);
  if (found == checks_.end()) return {};  // deleted, disabled, or not read yet: define() follows
  auto& check = found->second;
  check.interval = result.interval;
  const auto* known = check.states.find(result.location);
  const auto before = known ? known->slot : Instant{};
  const auto step = domain::advance(check.states, result);
  Changes changes;
  if (step.at.refuted) return changes;
  observe_samples(result, check, now, changes);
  if (step.at.state.slot == before) return changes;
  // Of several locations those say why that see it down.
  const bool sees_it = result.locations <= 1 || step.at.state.status == domain::CheckStatus::down;
  if (sees_it && result.outcome.status == domain::CheckStatus::down) {
    check.reason = result.outcome.reason;
  }
  return std::move(changes) + evaluate_check(check, now);
}

bool AlertBook::refutes(const domain::CheckResult& result) const {
  const auto found = checks_.find(result.check_id.value);
  if (!result.if_latest || found == checks_.end()) return false;
  const auto* known = found->second.states.find(result.location);
  return domain::advance(known ? *known : domain::CheckState{}, result).refuted;
}

// The series that the writer makes of a result.
void AlertBook::observe_samples(const domain::CheckResult& result, const Check& check, Instant now,
                                Changes& changes) {
  if (thresholds_.empty() || result.slot < now - kStale - result.interval) return;
  // One that could not be run says nothing of the series that it lacks.
  const auto id = check.definition.id;
  if (result.outcome.status != domain::CheckStatus::unknown) hear(id, now);
  const auto labels = labels_of(check);
  for (const auto& value : domain::samples_of(result)) {
    for (const auto& match : thresholds_.of_value(id, labels, value)) {
      observe_value(match, {to_ms(result.slot), value.value}, now, changes);
    }
  }
}

void AlertBook::hear(const Uuid& source, Instant now) {
  auto& talk = talks_[source];
  if (talk.last != Instant{} && now > talk.last) {
    talk.heard += std::min<std::chrono::milliseconds>(now - talk.last, kPause);
  }
  talk.last = now;
}

void AlertBook::mark_seen(Tracked& tracked, Instant now) const {
  tracked.seen = now;
  const auto talk = talks_.find(source_of(tracked.alert));
  tracked.heard = talk == talks_.end() ? std::chrono::milliseconds{0} : talk->second.heard;
}

bool AlertBook::selects(const store::Rule& rule, const Check& check) const {
  if (rule.kind != "check_state") return false;
  if (rule.check_id && *rule.check_id != check.definition.id) return false;
  return domain::selects(rule.label_selector, labels_of(check));
}

LabelSet AlertBook::labels_of(const Check& check) const {
  const auto host = instances_.find(check.definition.instance_id.value_or(Uuid{}));
  return notifier::labels_of(check.definition, host == instances_.end() ? nullptr : &host->second);
}

Changes AlertBook::evaluate_check(const Check& check, Instant now) {
  Changes changes;
  const bool down = check.states.status == domain::CheckStatus::down;
  // Unknown says nothing: what fires goes on, what does not stays so.
  if (check.states.status == domain::CheckStatus::unknown) return changes;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (!selects(rules_[i].rule, check)) continue;
    Finding finding;
    finding.subject = std::string(kCheckSubject) + check.definition.id.str();
    finding.title = check.definition.name + (down ? " is down" : " is up");
    finding.text = down ? check.reason : "up again";
    finding.labels = labels_of(check);
    finding.value = down ? 0 : 1;
    evaluate(i, down, finding, now, changes);
  }
  return changes;
}

void AlertBook::evaluate(std::size_t place, bool holds, const Finding& finding, Instant now,
                         Changes& changes) {
  const auto& rule = rules_[place].rule;
  const auto id = alert_id(rule.id, finding.subject);
  auto found = alerts_.find(id);
  if (found == alerts_.end()) {
    if (!holds) return;
    if (alerts_.size() >= kMaxAlerts) {
      ++refused_;
      return;
    }
    found = alerts_.emplace(id, Tracked{}).first;
    found->second.alert.id = id;
    found->second.alert.rule_id = rule.id;
    found->second.alert.subject = finding.subject;
  }
  auto& tracked = found->second;
  auto& alert = tracked.alert;
  tracked.rule = place;
  mark_seen(tracked, now);
  alert.title = finding.title;
  if (!finding.text.empty()) alert.text = without_nul(finding.text);
  alert.value = finding.value;
  if (alert.state.phase != AlertPhase::firing) {
    alert.labels = finding.labels;
    merge(alert.labels, rule.labels);
    alert.labels["alertname"] = rule.name;
    alert.labels["severity"] = rule.severity;
  }
  // The time of a silence is over when it is found.
  const std::chrono::seconds hold_for(rule.kind.ends_with("_silent") ? 0 : rule.for_seconds);
  auto step = domain::advance(alert.state, holds, now, {hold_for});
  if (step.change == AlertChange::fired) alert.incident_id = Uuid::make();
  const auto since = alert.state.active_since;
  alert.state = step.state;
  if (step.change == AlertChange::resolved) alert.state.active_since = since;
  if (step.change == AlertChange::none && is_to_retell(tracked, now)) {
    step.change = AlertChange::retold;
  }
  add_change(step.change, tracked, now, changes);
  if (alert.state.phase == AlertPhase::inactive) alerts_.erase(found);
}

// Reasons may have numbers that are others each time.
bool AlertBook::is_to_retell(const Tracked& tracked, Instant now) {
  return tracked.alert.state.phase == AlertPhase::firing && is_about_check(tracked.alert) &&
         tracked.alert.text != tracked.told && now - tracked.told_at >= kRetold;
}

void AlertBook::end(Tracked& tracked, const std::string& why, Instant now, Changes& changes) {
  const bool fired = tracked.alert.state.phase == AlertPhase::firing;
  tracked.alert.state.phase = AlertPhase::inactive;
  tracked.alert.text = why;
  if (is_about_check(tracked.alert)) {
    tracked.alert.title = tracked.alert.labels["check"] + " is no longer watched";
  }
  add_change(fired ? AlertChange::resolved : AlertChange::cleared, tracked, now, changes);
}

void AlertBook::add_change(AlertChange change, Tracked& tracked, Instant now,
                           Changes& changes) const {
  if (change == AlertChange::none) return;
  tracked.told = tracked.alert.text;
  tracked.told_at = now;
  changes.push_back(change_of(change, tracked, now));
}

Change AlertBook::change_of(AlertChange change, const Tracked& tracked, Instant now) const {
  store::Rule rule;
  if (tracked.rule != kNoRule) {
    rule = rules_[tracked.rule].rule;
  } else {
    const auto& labels = tracked.alert.labels;
    const auto label = [&](const char* name) {
      const auto found = labels.find(name);
      return found == labels.end() ? std::string() : found->second;
    };
    rule.id = tracked.alert.rule_id;
    rule.name = label("alertname");
    rule.severity = label("severity");
  }
  return {change, tracked.alert, std::move(rule), now};
}

Changes AlertBook::observe(const contracts::Batch& batch, Instant now) {
  Changes changes;
  const auto instance = instances_.find(batch.id.source.value);
  if (instance == instances_.end()) return changes;
  // What a spool sends late says nothing about now.
  const auto oldest = to_ms(now - kStale);
  if (has_newer(batch, oldest)) hear(batch.id.source.value, now);
  if (thresholds_.empty()) return changes;
  for (const auto& block : batch.blocks) {
    const auto& found = thresholds_.of_block(instance->second, block);
    if (found.empty()) continue;
    for (const auto& frame : block.frames) {
      if (frame.time_ms < oldest) continue;
      for (const auto& match : found) {
        const Sample sample{frame.time_ms, frame.values[match.place]};
        if (!contracts::is_absent(sample.value)) observe_value(match, sample, now, changes);
      }
    }
    for (const auto& point : block.points) {
      if (point.time_ms < oldest) continue;
      for (const auto& match : found) {
        if (match.place != point.series) continue;
        observe_value(match, {point.time_ms, point.value}, now, changes);
      }
    }
  }
  return changes;
}

void AlertBook::observe_value(const SeriesMatch& match, const Sample& sample, Instant now,
                              Changes& changes) {
  const auto& rule = rules_[match.rule];
  const double value = sample.value;
  const bool holds = rule.threshold->holds(value);
  const auto known = alerts_.find(alert_id(rule.rule.id, match.subject));
  if (known == alerts_.end() && !holds) return;
  if (known != alerts_.end()) {
    if (sample.time_ms < known->second.sampled_ms) return;  // overtaken by a newer one
    known->second.sampled_ms = sample.time_ms;
  }
  Finding finding;
  finding.subject = match.subject;
  finding.labels = match.labels;
  finding.value = value;
  finding.title = rule.rule.name;
  for (const char* name : {"check", "instance"}) {
    const auto about = match.labels.find(name);
    if (about == match.labels.end()) continue;
    finding.title += " on " + about->second;
    break;
  }
  finding.text =
      rule.threshold->metric + " is " + short_number(value) + " (rule: " + rule.rule.expr + ")";
  evaluate(match.rule, holds, finding, now, changes);
}

// About a check that could not be run lately: it does not fire by time alone.
bool AlertBook::is_unknown(const store::Alert& alert) const {
  const auto check = checks_.find(source_of(alert));
  return check != checks_.end() && check->second.states.status == domain::CheckStatus::unknown;
}

// Why an alert about a series ends by time alone; nothing when it does not.
const char* AlertBook::silenced(const Tracked& tracked, Instant now) const {
  if (!tracked.alert.subject.starts_with(kSeriesSubject)) return nullptr;
  const auto source = source_of(tracked.alert);
  const auto talk = talks_.find(source);
  if (talk != talks_.end() && talk->second.heard - tracked.heard > kStale) {
    return "the series is gone";
  }
  // What was not yet told to anybody does not become so unseen.
  if (tracked.alert.state.phase != AlertPhase::pending) return nullptr;
  const auto check = checks_.find(source);
  const auto pause = check == checks_.end() ? std::chrono::seconds{0} : check->second.interval;
  return now - tracked.seen > kStale + pause ? "no data for five minutes" : nullptr;
}

Changes AlertBook::tick(Instant now, bool listening) {
  Changes changes;
  std::vector<std::pair<Uuid, const char*>> silent;
  for (auto& [id, tracked] : alerts_) {
    auto& alert = tracked.alert;
    if (!listening) {
      tracked.seen = now;
      continue;
    }
    if (const char* why = silenced(tracked, now)) {
      silent.emplace_back(id, why);
      continue;
    }
    if (alert.state.phase != AlertPhase::pending || is_unknown(alert)) continue;
    if (is_about_query(alert)) continue;  // only when it is evaluated again
    const std::chrono::seconds hold_for(rules_[tracked.rule].rule.for_seconds);
    const auto step = domain::advance(alert.state, true, now, {hold_for});
    if (step.change != AlertChange::fired) continue;
    alert.state = step.state;
    alert.incident_id = Uuid::make();
    add_change(step.change, tracked, now, changes);
  }
  for (const auto& [id, why] : silent) {
    end(alerts_.at(id), why, now, changes);
    alerts_.erase(id);
  }
  return changes;
}

Changes AlertBook::firing(Instant now) const {
  Changes firing;
  for (const auto& [id, tracked] : alerts_) {
    if (tracked.alert.state.phase == AlertPhase::firing) {
      firing.push_back(change_of(AlertChange::fired, tracked, now));
    }
  }
  return firing;
}

}  // namespace monitron::notifier
