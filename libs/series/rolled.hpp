#pragma once
// What is read of rollups: where raw samples are gone, and where both say the same. Pure. Private
// to this room.

#include "series/chunk_reader.hpp"
#include "series/partitions.hpp"
#include "series/rollups.hpp"
#include "series/stored_runs.hpp"

#include <string_view>

namespace monitron::series {

// A stretch of time that a tier has rollups of and no raw samples any more: by the partitions that
// there are. A time of which there never was anything is none, because it has no rollups either.
struct RolledRange {
  Resolution resolution = Resolution::five_minutes;
  StoredRange range{};
};

// Which rows of chunk_partitions these are: those that stand for all of their time. Raw samples of
// a day that was never rewritten may have come after all others were gone: until they are added to
// its rollups, if it has any, both are read.
inline constexpr const char* kStandAlone =
    "(tier % 4 <> 0 OR upper - lower < interval '1 day' OR rewritten_at IS NOT NULL)";

// `partitions`: of one retention class, any resolution. By time; 5 min before 1 h where both are.
std::vector<RolledRange> rolled_ranges(const std::vector<Partition>& partitions,
                                       const StoredRange& range);

std::int64_t width_of(Resolution resolution);  // of a rollup's buckets

// A partition as it is listed. `rolled_up`: a day of raw samples that has its rollups, and nothing
// was added since these were made.
struct ListedPartition {
  Partition partition{};
  bool rolled_up = false;
};

// Where to read what, so that each sample is in one of it alone. Where raw samples are gone,
// rollups and both: what comes late lies there.
struct ReadPlan {
  std::vector<RolledRange> rolled{};
  std::vector<StoredRange> raw{};
};
// `by`: the rollups that tell as much as raw samples do; those of whole buckets in the range. None:
// raw samples as far as they are there.
ReadPlan plan_reading(const std::vector<ListedPartition>& listed, const StoredRange& range,
                      std::optional<Resolution> by);

// The samples that stand for a bucket, appended in order of time:
//   max_over_time, min_over_time, sum_over_time  the maximum, minimum, sum at its last time
//   avg_over_time                                its mean at its last time
//   rate, increase                               its first and last sample and, between them, what
//                                                makes up for the resets of a counter
//   nothing (an instant)                         its first and last sample and, every 4 min between
//                                                them, the straight line, so that looking 5 min
//                                                back finds some
//   all others                                   its first and last sample
void add_samples(const Bucket& bucket, std::string_view function, Samples& out);

}  // namespace monitron::series
