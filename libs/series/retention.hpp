#pragma once
// Old partitions are dropped, by the retention class of their series; no sample is ever deleted row
// by row. What came less than a day ago stays, whatever its time (history that was just loaded can
// be looked at); raw samples go only after their rollups were made. Private to this room.

#include "base/clock.hpp"
#include "series/fence.hpp"
#include "series/partitions.hpp"

#include <vector>

namespace monitron::series {

// Of each tier the oldest that is due.
Result<std::vector<Partition>> next_expired(Session& session, Instant now);

// In a transaction of its own; nothing happens if it is not due any more. Fault: timeout, when a
// reader is in the way: later.
Result<void> drop_expired(Session& session, const Fence& fence, const Partition& partition,
                          Instant now, std::chrono::milliseconds lock_timeout);

}  // namespace monitron::series
