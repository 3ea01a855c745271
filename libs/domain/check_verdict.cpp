#include "domain/check_verdict.hpp"

#include <algorithm>
#include <functional>

namespace monitron::domain {

namespace {

Instant latest_slot(const CheckStates& states) {
  Instant latest{};
  for (const auto& one : states.at) latest = std::max(latest, one.state.slot);
  return latest;
}

void make_room(CheckStates& states, int locations) {
  const auto room = static_cast<std::size_t>(std::max(locations, 1));
  while (states.at.size() > room) {
    states.at.erase(
        std::min_element(states.at.begin(), states.at.end(),
                         [](const auto& a, const auto& b) { return a.state.slot < b.state.slot; }));
  }
}

CheckState& state_of(CheckStates& states, const std::string& location) {
  for (auto& one : states.at) {
    if (one.location == location) return one.state;
  }
  return states.at.emplace_back(LocatedState{location, {}}).state;
}

}  // namespace

CheckStatus verdict_of(std::span<const CheckStatus> seen, int locations, int quorum,
                       CheckStatus before) {
  const auto count = [&](CheckStatus status) {
    return static_cast<int>(std::count(seen.begin(), seen.end(), status));
  };
  const int all = std::max({locations, static_cast<int>(seen.size()), 1});
  const int needed = std::clamp(quorum, 1, all);
  const int down = count(CheckStatus::down), up = count(CheckStatus::up);
  if (down >= needed) return CheckStatus::down;
  const bool may_be_down = down > 0 && all - up >= needed;
  if (before == CheckStatus::down && may_be_down) return CheckStatus::down;
  return up > 0 ? CheckStatus::up : CheckStatus::unknown;
}

const CheckState* CheckStates::find(const std::string& location) const {
  for (const auto& one : at) {
    if (one.location == location) return &one.state;
  }
  return nullptr;
}

bool runs_from(const CheckStates& states, const std::string& location) {
  const auto& all = states.locations;
  return all.empty() || std::find(all.begin(), all.end(), location) != all.end();
}

double flapping_percent(const CheckStates& states, int quorum) {
  std::vector<double> percents;
  for (const auto& one : states.at) percents.push_back(one.state.flapping.percent());
  const auto place = static_cast<std::size_t>(std::max(quorum, 1)) - 1;
  if (place >= percents.size()) return 0;
  std::sort(percents.begin(), percents.end(), std::greater<>());
  return percents[place];
}

void run_from(CheckStates& states, const std::vector<std::string>& locations) {
  states.locations = locations;
  std::erase_if(states.at, [&](const auto& one) { return !runs_from(states, one.location); });
}

void settle(CheckStates& states, int locations, int quorum, std::chrono::seconds interval) {
  if (!states.locations.empty()) locations = static_cast<int>(states.locations.size());
  make_room(states, locations);
  if (states.at.empty()) return;
  if (locations <= 1) {
    states.status = states.at.front().state.status;
    states.since = states.at.front().state.status_since;
    states.flapping = states.at.front().state.flapping.on;
    states.warning = states.at.front().state.warns();
    return;
  }
  const auto latest = latest_slot(states);
  std::vector<CheckStatus> seen;
  int flapping = 0, troubled = 0;
  for (const auto& one : states.at) {
    if (one.state.slot + kIntervalsHeard * interval < latest) continue;
    seen.push_back(one.state.status);
    if (one.state.flapping.on) ++flapping;
    if (one.state.status != CheckStatus::unknown && one.state.warning.on) ++troubled;
  }
  const int needed = std::clamp(quorum, 1, locations);
  states.flapping = flapping >= needed;
  const auto status = verdict_of(seen, locations, quorum, states.status);
  if (status != states.status || states.since == Instant{}) states.since = latest;
  states.status = status;
  states.warning = status == CheckStatus::up && troubled >= needed;
}

void take_over(CheckStates& states, const CheckStates& stored, int locations, int quorum,
               std::chrono::seconds interval) {
  bool any = false;
  for (const auto& one : stored.at) {
    if (!runs_from(states, one.location)) continue;
    auto& known = state_of(states, one.location);
    if (one.state.slot <= known.slot) continue;
    known = one.state;
    any = true;
  }
  if (!any) return;
  states.status = stored.status;
  states.since = stored.since;
  settle(states, locations, quorum, interval);
}

VerdictStep advance(CheckStates& states, const CheckResult& result) {
  VerdictStep step;
  step.previous = states.status;
  const bool flapped = states.flapping, warned = states.warning;
  const auto* known = states.find(result.location);
  step.at = advance(known ? *known : CheckState{}, result);
  if (step.at.refuted) return step;
  if (!runs_from(states, result.location)) {
    step.at = {};
    return step;
  }
  state_of(states, result.location) = step.at.state;
  settle(states, result.locations, result.quorum, result.interval);
  step.changed = states.status != step.previous;
  step.flapping_changed = states.flapping != flapped;
  step.warning_changed = states.warning != warned;
  return step;
}

}  // namespace monitron::domain
