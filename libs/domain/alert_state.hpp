#pragma once
// The life of an alert, as Prometheus has it: a condition that holds makes it pending, holding for
// the rule's time makes it firing, and no longer holding ends it. Pure.

#include "base/clock.hpp"

namespace monitron::domain {

enum class AlertPhase { inactive, pending, firing };
std::string_view to_string(AlertPhase phase);

struct AlertState {
  AlertPhase phase = AlertPhase::inactive;
  Instant active_since{};  // when the condition began to hold
  bool operator==(const AlertState&) const = default;
};

enum class AlertChange {
  none,
  pending,
  fired,
  retold,  // it fires on, for another reason
  resolved,
  cleared  // pending no more
};

struct AlertStep {
  AlertState state;
  AlertChange change = AlertChange::none;
};

// `holds`: whether the condition holds at `now`. With a `for` of zero it fires at once.
AlertStep advance(const AlertState& state, bool holds, Instant now, std::chrono::seconds hold_for);

}  // namespace monitron::domain
