#pragma once
// Soft and hard state of a check. A result is soft; the state that people see (hard) turns down
// after `failures_before_down` failures in a row and up after `successes_before_up` successes in a
// row. Pure: state and result in, state and event out.
//
// A result that could not be run (unknown) neither counts nor breaks a row; two of them in a row
// make the hard state unknown. From unknown, the first success makes it up; failures need their
// count, so that trouble of our own does not end in a false alarm. Nor does such a result count for
// flapping and warnings. Whether a check that is up warns is kept beside its state (warning.hpp).

#include "domain/check_result.hpp"
#include "domain/flapping.hpp"
#include "domain/warning.hpp"

namespace monitron::domain {

struct CheckState {
  CheckStatus status = CheckStatus::unknown;  // hard
  Instant status_since{};
  CheckStatus last = CheckStatus::unknown;  // soft: of the latest result
  int failures = 0;                         // in a row
  int successes = 0;
  int unknowns = 0;
  Instant slot{};   // of the latest result taken in
  Instant heard{};  // of the latest that was no word about silence
  Flapping flapping{};
  Warning warning{};  // also while it is down
  // What people see of it: a check that is not up does not warn.
  bool warns() const { return status == CheckStatus::up && warning.on; }
  bool operator==(const CheckState&) const = default;
};

struct StateThresholds {
  int failures_before_down = 3;
  int successes_before_up = 2;
  int unknowns_before_unknown = kUnknownsBeforeUnknown;
  bool flap_detection = true;  // false: it is never said to flap
};

struct StateStep {
  CheckState state;
  bool changed = false;  // the hard state
  CheckStatus previous = CheckStatus::unknown;
  bool refuted = false;  // a word about silence that something else came after
};

// A result older than or equal to the latest one taken in changes nothing: late and repeated
// results are kept as samples only. `warning`: of a result that is up.
StateStep advance(const CheckState& state, CheckStatus result, Instant slot,
                  const StateThresholds& thresholds, bool warning = false);

// The same for a whole result of the check at this location. A word about silence (`if_latest`) is
// taken while nothing but such words came after the result that it names; else it changes nothing.
StateStep advance(const CheckState& state, const CheckResult& result);

}  // namespace monitron::domain
