#pragma once
// Puts what was gathered of a source into chunks: cut at the borders of partitions, each series by
// its class, in the running transaction of a session. Holds what is encoded up to a limit, then
// copies it. Private to this room.

#include "base/clock.hpp"
#include "series/chunk_rows.hpp"
#include "series/partitions.hpp"
#include "series/staged_runs.hpp"
#include "series/times_ids.hpp"

#include <map>

namespace monitron::series {

class ChunkSink {
 public:
  // `maker` makes partitions.
  ChunkSink(Session& session, Session& maker, std::size_t max_bytes)
      : session_(session), maker_(maker), max_bytes_(max_bytes), ids_(session) {}

  // In a transaction that has begun; forgets the one before.
  Result<void> begin(Instant now);
  // Takes the samples out of `runs`; what is added later of the same source was stored later.
  Result<void> add(std::int32_t source, StagedRuns& runs);
  // Copies the rest, for the transaction's end.
  Result<void> finish();

  std::size_t chunks() const { return chunks_; }  // copied in this transaction

 private:
  struct Open {
    Partition partition{};
    std::optional<ChunkRows> rows{};
    std::vector<SeriesRun> runs{};  // of the source at hand
    std::size_t copied = 0;         // chunks
  };
  Result<void> new_part();
  Result<void> divide(StagedRuns& runs, StagedRuns::Run& run);
  Result<Open*> open_at(std::int32_t retention_class, std::int64_t time_ms);
  void encode(std::int32_t source, Open& open, StagedRuns& runs);
  Result<void> copy_all();
  Result<void> copy(Open& open);
  std::size_t bytes() const;

  Session& session_;
  Session& maker_;
  std::size_t max_bytes_;
  Instant now_{};
  std::int64_t part_ = 0;
  std::int32_t last_source_ = 0;
  std::map<std::pair<int, std::int64_t>, Open> open_;  // by tier and lower border
  TimesIds ids_;
  std::size_t chunks_ = 0;
};

}  // namespace monitron::series
