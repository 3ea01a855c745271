#pragma once
// Whether a check warns: it is up, and somebody should look at it. A result that warns or fails is
// trouble. A check warns from the `failures_before_down`th trouble in a row on, and no more after
// `successes_before_up` results in a row that are none; what could not be run is neither. So a
// check that was down and comes back with warnings warns at once. Pure.

namespace monitron::domain {

struct Warning {
  bool on = false;
  int against = 0;  // results in a row that speak against it
  bool operator==(const Warning&) const = default;
};

// After one more result. `needed`: how many in a row turn it.
Warning advance(const Warning& before, bool trouble, int needed);

}  // namespace monitron::domain
