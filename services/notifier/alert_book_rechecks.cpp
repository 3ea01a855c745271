// What alerts wait for: checks that are to be run at once.

#include "notifier/alert_book.hpp"

#include <algorithm>

namespace monitron::notifier {

// What calls in itself and what is made of others says by its nature what is so now.
bool is_run(const store::WatchedCheck& check) {
  return check.kind != "heartbeat" && check.kind != "group";
}

std::vector<Uuid> AlertBook::awaited() const {
  std::vector<Uuid> checks;
  for (const auto& [id, tracked] : machine_.all()) {
    const auto& shut = tracked.alert.suppressed_by;
    if (!shut || tracked.alert.state.phase != domain::AlertPhase::firing) continue;
    checks.insert(checks.end(), shut->awaited.begin(), shut->awaited.end());
  }
  // What others depend on decides about many.
  std::partition(checks.begin(), checks.end(),
                 [&](const Uuid& id) { return machine_.gate().is_parent(id); });
  return checks;
}

// What a parent hid may be up again, whether an alert is about it or not.
void AlertBook::want_children_of_recovered() {
  if (recovered_.empty()) return;
  for (const auto& [id, check] : checks_) {
    const bool is_well = check.states.status == domain::CheckStatus::up;
    if (is_well || !is_run(check.definition)) continue;
    if (machine_.gate().is_behind(labels_of(check), id, recovered_)) rechecks_.want(id);
  }
  recovered_.clear();
}

AlertBook::ByLocation AlertBook::take_wanted(Instant now) {
  want_children_of_recovered();
  ByLocation wanted;
  for (const auto& id : rechecks_.take(awaited(), now)) {
    const auto check = checks_.find(id);
    if (check == checks_.end() || !is_run(check->second.definition)) continue;
    for (const auto& location : check->second.definition.locations) {
      wanted[location].push_back(id);
    }
  }
  return wanted;
}

}  // namespace monitron::notifier
