#pragma once
// Tells of changed states of checks: into ingest's outbox, for mon.events. Inside the writer's
// transaction. Private to this room.

#include "contracts/check_state_changed.hpp"
#include "series/session.hpp"

#include <vector>

namespace monitron::series {

// Without names and labels: those that the checks have now are told.
Result<void> tell_changed(Session& session, std::vector<contracts::CheckStateChanged> changes);

}  // namespace monitron::series
