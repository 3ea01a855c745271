#pragma once
// Rollups of some series of one source and one day, read and written by who changes them.
// Private to this room.

#include "series/partitions.hpp"
#include "series/rollup_rows.hpp"

#include <map>

namespace monitron::series {

// Of the UTC day that begins at `day_ms`. A series with a row that cannot be read is left out.
Result<std::map<std::int32_t, std::vector<Bucket>>> stored_rollups(
    Session& session, int tier, std::int64_t day_ms, std::int32_t source,
    const std::vector<std::int32_t>& series);

// As rows of `part`, in the running transaction.
Result<void> write_rollups(Session& session, const Partition& partition, std::int64_t part,
                           std::int32_t source, const std::vector<SeriesRollup>& rollups);

}  // namespace monitron::series
