#pragma once
// Dictionaries that were confirmed into the broker, by hash, so that senders need not send them
// again. Bounded; a forgotten one is asked for anew. Threads: any.

#include "contracts/telemetry.hpp"

#include <map>
#include <mutex>

namespace monitron::ingest {

struct KnownDictionary {
  contracts::PackedDictionary dictionary;
  std::uint32_t series_count = 0;
};

class Dictionaries {
 public:
  explicit Dictionaries(std::size_t max_bytes = 32u << 20) : max_bytes_(max_bytes) {}

  // Completes blocks that carry a hash alone and checks those that come in full. Returns what is
  // new, to be remembered once the broker has it: else it could be named in a message whose readers
  // have never seen it. Faults: not_found for a hash that is not known; invalid.
  Result<std::vector<KnownDictionary>> complete(contracts::Batch& batch,
                                                const contracts::Limits& limits = {});
  // After the broker's confirm.
  void remember(const std::vector<KnownDictionary>& confirmed);

 private:
  struct Entry {
    std::string packed;
    std::uint32_t series_count;
  };
  // Completes `block` from what is known; false when that does not say what it holds.
  Result<bool> complete_known(contracts::Block& block);

  const std::size_t max_bytes_;
  std::mutex mutex_;  // guards what follows
  std::size_t bytes_ = 0;
  std::map<contracts::DictionaryHash, Entry> known_;
};

}  // namespace monitron::ingest
