#pragma once
// The rows about checks that results change: check_latest, one for each location that a check runs
// from, and check_verdicts, one for each check of several locations. Inside the writer's
// transaction. Private to this room.

#include "domain/check_verdict.hpp"
#include "series/session.hpp"

#include <map>
#include <set>
#include <vector>

namespace monitron::series {

struct CheckRow {
  // Of a location.
  struct Place {
    std::string told{};  // of the latest result, if it warns or is unknown: its reason
    const domain::CheckResult* latest = nullptr;  // taken in now
    bool changed = false;
  };
  domain::CheckStates states;
  std::map<std::string, Place> places;
  bool several = false;  // it runs from more than one location
  bool verdict_changed = false;
  double flapping_percent = 0;  // of the check
};
using CheckRows = std::map<Uuid, CheckRow>;

// Of all checks of `results` (in order of slots), locked, so that two writers do not both count
// from the same state.
Result<CheckRows> lock_checks(Session& session,
                              const std::vector<const domain::CheckResult*>& results);
Result<void> store_checks(Session& session, const CheckRows& checks);

}  // namespace monitron::series
