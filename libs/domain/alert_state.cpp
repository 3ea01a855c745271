#include "domain/alert_state.hpp"

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

AlertStep advance(const AlertState& state, bool holds, Instant now, std::chrono::seconds hold_for) {
  if (!holds) {
    if (state.phase == AlertPhase::inactive) return {state, AlertChange::none};
    const bool fired = state.phase == AlertPhase::firing;
    return {{}, fired ? AlertChange::resolved : AlertChange::cleared};
  }
  AlertStep step{state, AlertChange::none};
  if (state.phase == AlertPhase::inactive) {
    step = {{AlertPhase::pending, now}, AlertChange::pending};
  }
  if (step.state.phase == AlertPhase::pending && now - step.state.active_since >= hold_for) {
    step.state.phase = AlertPhase::firing;
    step.change = AlertChange::fired;
  }
  return step;
}

}  // namespace monitron::domain
