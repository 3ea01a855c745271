#pragma once
// Rewrites the partitions of a stretch of time into one: all chunks of a series are joined, what
// came late is put where it belongs, and rows lie in the order in which they are read. A whole UTC
// day gets its rollups of 5 min and 1 h in the same transaction.
//
// Readers see the old partitions or the new one, each sample once: the new tables are filled aside,
// with frozen rows (which older snapshots see as well), and take the place of the old ones in one
// COMMIT. That needs an exclusive lock on the tier, for which nobody waits longer than
// `lock_timeout`: it is tried again and again, between the queries. Compaction goes on meanwhile;
// what it adds to the old partitions is carried over, most of it before anybody waits.
//
// Chunks that cannot be read are carried over as they are, and counted.
//
// Killed at any point, nothing has happened. Memory: about 40 bytes for each of `group_samples`, or
// of the samples of an hour of one series, if these are more.
// Private to this room.

#include "base/clock.hpp"
#include "series/fence.hpp"
#include "series/partitions.hpp"

#include <atomic>
#include <chrono>
#include <string>

namespace monitron::series {

struct RewriterConfig {
  std::string database_url{};
  std::string application_name{};
  std::size_t group_samples = 2'000'000;
  std::size_t copy_bytes = 8u << 20;
  std::chrono::milliseconds lock_timeout{100};
  std::chrono::milliseconds adders_timeout{5000};  // while others add chunks
  std::chrono::milliseconds lock_pause{150};
  int lock_tries = 40;
  const std::atomic<bool>* stopping = nullptr;  // set: it ends before long, with nothing done
};

struct RewriteJob {
  int tier = 0;  // of raw samples
  std::int64_t lower_ms = 0;
  std::int64_t upper_ms = 0;
};

struct Rewritten {
  std::size_t old_partitions = 0;
  std::size_t old_chunks = 0;
  std::size_t samples = 0;
  std::size_t chunks = 0;
  std::size_t rollups = 0;      // rows
  std::size_t damaged = 0;      // chunks that cannot be read
  std::string first_damaged{};  // some of them, for the log
};

// Faults: conflict (the fence), timeout (readers were in the way all the time: later), unavailable
// (also: stopped).
Result<Rewritten> rewrite(const RewriterConfig& config, const Fence& fence, const RewriteJob& job,
                          Instant now);

}  // namespace monitron::series
