#pragma once
// What the watcher's parts share: the checks that it keeps, and how it tells what it decides.

#include "db/pool.hpp"
#include "domain/check_result.hpp"
#include "store/checks.hpp"

#include <functional>
#include <unordered_map>

namespace monitron::checker {

using WatchedChecks = std::unordered_map<Uuid, domain::CheckDefinition>;

// All enabled checks of a kind; what cannot be read is logged and left out.
WatchedChecks read_watched(pqxx::work& tx, domain::CheckKind kind);

// A result of a check that no worker runs: it turns the state at once.
domain::CheckResult watched_result(const domain::CheckDefinition& check, Instant slot,
                                   domain::ProbeOutcome outcome);

// The times in (after, until] at which a check is due; the last one alone, when there are several.
std::optional<Instant> latest_slot(const domain::CheckDefinition& check, Instant after,
                                   Instant until);

// Publishes it; false when too much waits already: it is told again sooner or later.
using Tell = std::function<bool(domain::CheckResult)>;

// Who may act: checked again in each transaction, so that who has lost the lease without knowing it
// changes nothing.
struct WatcherLease {
  std::string name;
  std::string holder;
  std::int64_t fence = 0;
};
// Fault: unavailable, when somebody else has it.
Result<void> check_lease(pqxx::work& tx, const WatcherLease& lease);

}  // namespace monitron::checker
