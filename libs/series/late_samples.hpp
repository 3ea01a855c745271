#pragma once
// Samples that come for a day whose raw samples are gone, while its rollups are kept: they are
// added to these, and their raw partition is dropped in the same transaction, so that a sample is
// in one place at any time. Private to this room.

#include "series/rewriter.hpp"

#include <optional>

namespace monitron::series {

// Whether the day's raw samples are all that its rollups were made of: only raw samples that were
// rewritten as a whole day are.
Result<bool> raw_is_whole(Session& session, int tier, std::int64_t day_ms);

// Nothing when `job` is no such day: then it may be rewritten. Nobody adds chunks meanwhile. Chunks
// that cannot be read are counted, and go as the raw samples of their day went.
// Faults: as rewrite().
Result<std::optional<Rewritten>> add_late_samples(const RewriterConfig& config, const Fence& fence,
                                                  const RewriteJob& job, Instant now);

}  // namespace monitron::series
