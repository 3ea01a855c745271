#pragma once
// The new partition of a stretch of time, and if this is a UTC day its rollups: made, filled with
// frozen rows and put in place within one transaction. Private to this room.

#include "series/chunk_groups.hpp"
#include "series/chunk_rows.hpp"
#include "series/partitions.hpp"
#include "series/rollup_rows.hpp"
#include "series/times_ids.hpp"

#include <optional>

namespace monitron::series {

// Rollups of one resolution.
struct FreshRollups {
  Partition partition{};
  std::int64_t width_ms = 0;
  RollUp rolling;  // of the series at hand
  std::optional<RollupRows> rows{};
  std::vector<SeriesRollup> held{};  // of the source at hand
};

class FreshPartitions {
 public:
  static bool has_rollups(std::int64_t lower_ms, std::int64_t upper_ms) {
    return lower_ms == day_of(lower_ms) && upper_ms == lower_ms + kDayMs;
  }
  // In a short transaction before: what rollups of `time_ms` hang on.
  static Result<void> prepare(Session& session, int tier, std::int64_t time_ms, Instant now);
  // In a transaction of `session` that has begun.
  static Result<FreshPartitions> make(Session& session, int tier, std::int64_t lower_ms,
                                      std::int64_t upper_ms, std::int64_t part, Instant now);

  // `goes_on`: the last of them is the first of the next call, too; only at whole hours. `damaged`
  // (at least those of these series): what they lack, as far as the old rollups have it, stays.
  Result<void> add(std::int32_t source, std::vector<SeriesRun>& runs, bool goes_on,
                   const std::vector<DamagedChunk>& damaged);
  std::size_t bytes() const;  // held
  Result<void> copy();
  // After the last: copies the rest and makes the indexes.
  Result<void> finish();

  // Old partitions of raw samples are dropped already, under lock_tier; those of 5 min are dropped
  // here. `carried`: chunks that were added to raw() by somebody else. `damaged`: those that the
  // rollups may lack: as long as there are any the raw samples are read, so that a query fails.
  Result<void> attach_all(Instant written, std::int64_t carried, std::size_t damaged);

  const Partition& raw() const { return raw_; }
  std::size_t samples() const { return samples_; }
  std::size_t chunks() const { return chunks_; }
  std::size_t rollups() const { return rollups_; }

 private:
  FreshPartitions(Session& session, std::int64_t part, Instant now)
      : session_(&session), part_(part), now_(now), ids_(session) {}

  Result<void> make_rollups();
  Result<void> roll_up(FreshRollups& rolled, std::int32_t source,
                       const std::vector<SeriesRun>& runs, bool goes_on,
                       const std::vector<std::int32_t>& damaged);
  Result<void> clear_hours();
  Result<void> copy(const Partition& partition, const std::string& times, const std::string& chunks,
                    bool frozen);
  Result<void> note(const Partition& partition, Instant written, std::int64_t loose);

  Session* session_;
  std::int64_t part_;
  Instant now_;
  Partition raw_{};
  std::optional<ChunkRows> rows_{};
  std::optional<FreshRollups> five_{}, hour_{};
  std::int64_t first_times_id_ = 0;  // of all that is written here
  TimesIds ids_;
  std::size_t samples_ = 0, chunks_ = 0, rollups_ = 0;
};

}  // namespace monitron::series
