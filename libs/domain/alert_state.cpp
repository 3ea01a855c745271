#include "domain/alert_state.hpp"

#include <algorithm>

namespace monitron::domain {

std::string_view to_string(AlertPhase phase) {
  switch (phase) {
    case AlertPhase::inactive:
      return "inactive";
    case AlertPhase::pending:
      return "pending";
    case AlertPhase::firing:
      return "firing";
  }
  return "inactive";
}

std::string_view to_string(AlertChange change) {
  switch (change) {
    case AlertChange::none:
      return "none";
    case AlertChange::pending:
      return "pending";
    case AlertChange::fired:
      return "fired";
    case AlertChange::suppressed:
      return "suppressed";
    case AlertChange::retold:
      return "retold";
    case AlertChange::refreshed:
      return "refreshed";
    case AlertChange::keeping:
      return "keeping";
    case AlertChange::resumed:
      return "resumed";
    case AlertChange::resolved:
      return "resolved";
    case AlertChange::cleared:
      return "cleared";
  }
  return "none";
}

namespace {

AlertStep cease(const AlertState& state, Instant now, std::chrono::milliseconds keep_for) {
  switch (state.phase) {
    case AlertPhase::inactive:
      return {state, AlertChange::none};
    case AlertPhase::pending:
      return {{}, AlertChange::cleared};
    case AlertPhase::firing:
      break;
  }
  AlertStep step{state, state.keep_until ? AlertChange::none : AlertChange::keeping};
  step.state.keep_until = std::min(state.keep_until.value_or(Instant::max()), now + keep_for);
  if (now >= *step.state.keep_until) return {{}, AlertChange::resolved};
  return step;
}

}  // namespace

AlertStep advance(const AlertState& state, bool holds, Instant now, const AlertTimes& times) {
  if (!holds) return cease(state, now, times.keep_for);
  AlertStep step{state, AlertChange::none};
  if (state.phase == AlertPhase::inactive) {
    step = {{AlertPhase::pending, now}, AlertChange::pending};
  }
  if (state.keep_until) {
    step.state.keep_until.reset();
    step.change = AlertChange::resumed;
  }
  if (step.state.phase == AlertPhase::pending && now - step.state.active_since >= times.hold_for) {
    step.state.phase = AlertPhase::firing;
    step.change = AlertChange::fired;
  }
  return step;
}

}  // namespace monitron::domain
