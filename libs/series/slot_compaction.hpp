#pragma once
// Moves rows of one closed slot into chunks, source by source, in transactions of bounded size.
// Rows are streamed by one session while another one writes, so that neither waits for the other
// more than it must. Private to this room.

#include "series/chunk_sink.hpp"
#include "series/compactor.hpp"
#include "series/staging_ring.hpp"

namespace monitron::series {

class SlotCompaction {
 public:
  struct Parts {
    Session& reading;  // closed, if this stops before the end of the slot
    Session& writing;
    Session& making;  // partitions; asks for layouts too
    KnownLayouts& layouts;
    StagedRuns& runs;
  };
  SlotCompaction(Parts parts, const CompactorConfig& config, Fence fence, Slot slot,
                 const std::atomic<bool>& stopping);

  // From where the slot was left, up to its end or to the first transaction that ends after
  // `config.stream_time`. After a fault, what was committed stays.
  Result<void> run();
  const Compacted& done() const { return done_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  Result<void> take(BinaryRow& row);
  Result<void> learn(const StagedRow& row);
  Result<void> begin();
  Result<void> end_piece();
  Result<void> end_source();
  Result<void> commit(std::int32_t through);
  Result<void> write(const char* sql);

  Parts parts_;
  const CompactorConfig& config_;
  Fence fence_;
  Slot slot_;
  const std::atomic<bool>& stopping_;
  ChunkSink sink_;
  std::int32_t source_ = 0;  // whose rows are coming
  std::vector<double> values_;
  Time started_;
  bool left_ = false;  // before the end
  Compacted open_{};   // of the transaction at hand
  Time begun_;
  Compacted done_{};
};

}  // namespace monitron::series
