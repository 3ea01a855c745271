#pragma once
// The life of an alert, as Prometheus has it: a condition that holds makes it pending, holding for
// the rule's time (`for`) makes it firing. What fires goes on for the rule's other time
// (`keep_firing_for`) after its condition has ceased, and ends then. Pure.

#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace monitron::domain {

enum class AlertPhase { inactive, pending, firing };
std::string_view to_string(AlertPhase phase);

struct AlertState {
  AlertPhase phase = AlertPhase::inactive;
  Instant active_since{};               // when the condition began to hold
  std::optional<Instant> keep_until{};  // firing, though the condition has ceased: how long
  bool operator==(const AlertState&) const = default;
};

enum class AlertChange {
  none,
  pending,
  fired,
  suppressed,  // it fires, and nobody is told; or that for another reason
  retold,      // it fires on, for another reason
  refreshed,   // it goes on with another value; nobody is told
  keeping,     // its condition has ceased; it is kept firing
  resumed,     // its condition holds again while it was kept
  resolved,    // fires no more
  cleared      // is no more, and nobody was told that it was
};
std::string_view to_string(AlertChange change);

struct AlertTimes {
  std::chrono::milliseconds hold_for{0};  // `for`; zero: it fires at once
  std::chrono::milliseconds keep_for{0};  // `keep_firing_for`
};

struct AlertStep {
  AlertState state;
  AlertChange change = AlertChange::none;
};

// `holds`: whether the condition holds at `now`. A kept alert ends at the first call at or after
// its time; where the rule asks for a shorter one meanwhile, that counts.
AlertStep advance(const AlertState& state, bool holds, Instant now, const AlertTimes& times);

}  // namespace monitron::domain
