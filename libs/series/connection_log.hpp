#pragma once
// What agents tell of single connections, into connection_log. Private to this room.

#include "contracts/telemetry.hpp"
#include "series/session.hpp"

#include <chrono>
#include <vector>

namespace monitron::series {

// Of these batches, in the caller's transaction: a connection that is there already gets what is
// known of it now.
Result<void> store_connections(Session& session,
                               const std::vector<const contracts::Batch*>& batches);
// Those that were opened so long ago, a piece in each transaction of its own.
Result<void> forget_connections(Session& session, std::chrono::seconds age);

}  // namespace monitron::series
