// Rules on instances that send nothing, and on locations at which nothing is checked.

#include "notifier/alert_book.hpp"
#include "notifier/watched_labels.hpp"

#include <algorithm>

namespace monitron::notifier {

using namespace std::chrono_literals;

namespace {

// Pauses between two looks count as this much.
constexpr std::chrono::milliseconds kLongestLook{30'000};

domain::LabelSet labels_of_location(const std::string& location) {
  return {{std::string(domain::kLocationLabel), location}};
}

}  // namespace

// Why such an alert cannot go on; nothing when it can.
const char* AlertBook::orphaned_silence(const store::Alert& alert, const store::Rule& rule) const {
  domain::LabelSet labels;
  const char* kind = "instance_silent";
  if (alert.subject.starts_with(kInstanceSubject)) {
    const auto instance = instances_.find(source_of(alert));
    if (instance == instances_.end()) return "the server is gone";
    labels = notifier::labels_of(instance->second);
  } else {
    kind = "location_silent";
    const auto location = alert.subject.substr(kLocationSubject.size());
    if (!locations_.contains(location)) return "nothing is to be checked there any more";
    labels = labels_of_location(location);
  }
  const bool about = rule.kind == kind && domain::selects(rule.label_selector, labels);
  return about ? nullptr : "the rule is no longer about it";
}

void AlertBook::evaluate_silence(std::chrono::seconds fed_for, Instant now, Changes& changes) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& rule = *rules_[i].rule;
    if (rule.kind != "instance_silent") continue;
    const std::chrono::seconds limit(rule.for_seconds);
    for (const auto& [id, instance] : instances_) {
      if (!instance.last_seen ||
          !domain::selects(rule.label_selector, notifier::labels_of(instance))) {
        continue;
      }
      // Heard, though not stored: the writer is late.
      const auto talk = talks_.find(id);
      const bool heard = talk != talks_.end() && now - talk->second.last < limit;
      const bool silent = instance.silent_for >= limit && !heard;
      if (silent && fed_for < limit) continue;  // it may be our own trouble
      const auto alert = AlertMachine::id_of(rule.id, std::string(kInstanceSubject) + id.str());
      if (!silent && machine_.find(alert) == nullptr) continue;
      evaluate_silence(i, instance, silent, now, changes);
    }
  }
}

void AlertBook::evaluate_silence(std::size_t rule, const store::WatchedInstance& instance,
                                 bool silent, Instant now, Changes& changes) {
  const auto seen = to_rfc3339(*instance.last_seen);
  Finding finding;
  finding.subject = std::string(kInstanceSubject) + instance.id.str();
  finding.title = instance.name + (silent ? " is silent" : " sends again");
  finding.text = instance.name + " (host " + instance.hostname + ")" +
                 (silent ? " has sent nothing since " + seen : " sends again: last seen " + seen);
  finding.labels = notifier::labels_of(instance);
  finding.value = static_cast<double>(instance.silent_for.count());
  evaluate(rule, silent, finding, now, changes);
}

// Where something is to be checked, and how long nothing new was heard of it while we looked: by
// our looks, so that no clock that is set makes a silence.
void AlertBook::note_locations(Instant now) {
  const auto step = std::clamp<std::chrono::milliseconds>(now - looked_, 0s, kLongestLook);
  looked_ = now;
  std::map<std::string, Location> locations;
  for (const auto& [id, check] : checks_) {
    if (!is_run(check.definition)) continue;
    for (const auto& name : check.definition.locations) {
      const auto [place, is_new] = locations.try_emplace(name);
      auto& location = place->second;
      location.interval = is_new ? check.interval : std::min(location.interval, check.interval);
      const auto* state = check.states.find(name);
      if (state != nullptr) location.heard = std::max(location.heard, state->heard);
    }
  }
  for (auto& [name, location] : locations) {
    const auto known = locations_.find(name);
    if (known == locations_.end()) continue;
    location.talks = location.heard != known->second.heard;
    location.quiet = location.talks ? 0s : known->second.quiet + step;
  }
  locations_ = std::move(locations);
}

void AlertBook::evaluate_quiet_locations(std::chrono::seconds fed_for, Instant now,
                                         Changes& changes) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& rule = *rules_[i].rule;
    if (rule.kind != "location_silent") continue;
    for (const auto& [name, location] : locations_) {
      const auto labels = labels_of_location(name);
      if (!domain::selects(rule.label_selector, labels)) continue;
      // As long as the next result of the check that runs most often may take.
      const auto limit = std::chrono::seconds(rule.for_seconds) + 2 * location.interval;
      const bool quiet = location.quiet >= limit && fed_for >= limit;
      if (!quiet && !location.talks) continue;  // not known yet
      Finding finding;
      finding.subject = std::string(kLocationSubject) + name;
      finding.title =
          (quiet ? "Nothing is checked at location " : "Checks run again at location ") + name;
      finding.text = location.heard == Instant{}
                         ? "there was never a result"
                         : "the latest result is of " + to_rfc3339(location.heard);
      finding.labels = labels;
      finding.value = static_cast<double>(location.quiet.count()) / 1000;
      evaluate(i, quiet, finding, now, changes);
    }
  }
}

}  // namespace monitron::notifier
