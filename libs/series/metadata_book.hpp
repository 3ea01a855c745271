#pragma once
// What senders tell of metrics, into metric_metadata. Most tell the same each time: what was told
// before is remembered, and costs a look. Private to this room; one thread.

#include "contracts/telemetry.hpp"
#include "series/session.hpp"

#include <chrono>
#include <unordered_map>

namespace monitron::series {

class MetadataBook {
 public:
  // Of the metrics of these batches, in the caller's transaction. Beyond some 20,000 metrics no new
  // ones are stored, and no more than 5,000 at once.
  Result<void> store(Session& session, const std::vector<const contracts::Batch*>& batches);
  // The transaction was rolled back: what was stored may not be.
  void roll_back() { told_.clear(); }

 private:
  struct Told {
    domain::MetricMetadata metadata;
    std::chrono::steady_clock::time_point when;
  };
  bool is_known(const domain::MetricMetadata& one, std::chrono::steady_clock::time_point now) const;

  std::unordered_map<std::string, Told> told_;
};

// Those that nobody has told of for a month.
Result<void> forget_metadata(Session& session);

}  // namespace monitron::series
