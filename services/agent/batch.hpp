#pragma once
// From a round of measurements to the batch that is spooled, and from there to what is posted.

#include "agent/measurements.hpp"
#include "agent/spool_format.hpp"

#include <deque>
#include <map>
#include <string>

namespace monitron::agent {

// Makes batches; packs a dictionary only when the series have changed. Threads: one at a time.
class BatchMaker {
 public:
  // The bytes of the batch with this identity, dictionaries in full.
  std::string make(const contracts::BatchId& id, const Round& round);

 private:
  struct Dictionary {
    std::vector<contracts::Series> series{};
    contracts::PackedDictionary packed{};
    std::int64_t time_ms = 0;  // of the last frame
    // Whether its series come and go: then a counter that comes began at zero a frame before.
    bool comes_and_goes = false;
  };
  void add_metadata(const Scraped& scraped, contracts::Batch& batch);
  static void add_block(Dictionary& known, const Measurements& measured, std::int64_t time_ms,
                        contracts::Batch& batch);
  Dictionary host_;
  Dictionary processes_;
  Dictionary logs_;
  Dictionary connections_{.comes_and_goes = true};
  std::map<std::string, Dictionary> scraped_;           // by job
  std::map<std::string, domain::MetricMetadata> told_;  // of metrics, by name
};

// The dictionaries the server has shown to know: those of batches it has accepted. Bounded.
class KnownDictionaries {
 public:
  // The batch as it is to be posted: dictionaries the server knows by their hash alone.
  std::string shorten(const contracts::Batch& batch) const;
  void accepted(const contracts::Batch& batch);
  void forget() { hashes_.clear(); }

 private:
  static constexpr std::size_t kMost = 32;
  bool knows(const contracts::DictionaryHash& hash) const;
  std::deque<contracts::DictionaryHash> hashes_;
};

}  // namespace monitron::agent
