#pragma once
// Notices that a batch of an agent did not arrive: our queue drops its oldest messages when it is
// full, without a word. An agent sends batch after batch, each when the one before is accepted, so
// that a number that is left out is one that was lost, here or with the agent itself. Pure; one
// thread.

#include "contracts/telemetry.hpp"

#include <unordered_map>

namespace monitron::notifier {

class FeedGaps {
 public:
  // Whether batches are missing before this one.
  bool note(const contracts::BatchId& batch);

 private:
  struct Last {
    std::array<std::uint8_t, 16> epoch{};
    std::uint64_t seq = 0;
  };
  std::unordered_map<Uuid, Last> last_;  // by source
};

}  // namespace monitron::notifier
