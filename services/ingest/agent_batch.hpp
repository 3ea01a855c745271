#pragma once
// The protobuf form: a batch as an agent sends it (contracts/telemetry.proto). All or nothing: what
// the writer could not store is refused here, by name. Pure; Threads: any.

#include "contracts/telemetry.hpp"
#include "ingest/refusal.hpp"
#include "ingest/time_window.hpp"

namespace monitron::ingest {

struct BatchLimits {
  std::size_t blocks = 100;
  std::size_t series = 50'000;  // of all blocks: a few bytes can name dictionaries that hold many
};

// Dictionaries are not looked at yet: a block may carry a hash alone.
Taken<contracts::Batch> parse_batch(std::string_view body, const TimeWindow& window,
                                    const BatchLimits& limits = {});

}  // namespace monitron::ingest
