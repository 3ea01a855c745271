#pragma once
// Dictionaries that were confirmed into the broker, by hash, so that senders need not send them
// again. Bounded; a forgotten one is asked for anew. Threads: any.

#include "contracts/telemetry.hpp"

#include <mutex>
#include <unordered_map>

namespace monitron::ingest {

class Dictionaries {
 public:
  explicit Dictionaries(std::size_t max_bytes = 32u << 20) : max_bytes_(max_bytes) {}

  // Completes blocks that carry a hash alone and checks those that come in full.
  // Faults: not_found for a hash that is not known; invalid.
  Result<void> complete(contracts::Batch& batch, const contracts::Limits& limits = {});
  // After the broker's confirm.
  void remember(const contracts::Batch& batch);

 private:
  struct Entry {
    std::string packed;
    std::uint32_t series_count;
  };
  std::size_t max_bytes_;
  std::mutex mutex_;  // guards what follows
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, Entry> known_;
};

}  // namespace monitron::ingest
