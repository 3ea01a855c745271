#pragma once
// Deletes samples of some series in a range of time, because somebody wants them gone: chunks that
// have some are written anew without them, and so are the rollups of these days. One transaction
// per partition, so that it can be done again after whatever stopped it. Private to this room.

#include "base/clock.hpp"
#include "series/fence.hpp"

#include <vector>

namespace monitron::series {

struct Deletion {
  std::string id{};
  std::vector<std::int32_t> series{};
  std::int64_t from_ms = 0;  // inclusive
  std::int64_t to_ms = 0;    // inclusive
  bool ready = false;        // all that was stored before it was wanted is in chunks
};

// Those that are not done, the oldest first.
Result<std::vector<Deletion>> open_deletions(Session& session);

// Says in series_deletions_done that it is done. Rollups whose raw samples are gone already lose
// the buckets that the range touches.
Result<void> delete_samples(Session& session, const Fence& fence, const Deletion& deletion,
                            Instant now);

}  // namespace monitron::series
