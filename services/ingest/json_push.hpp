#pragma once
// The JSON form of a push: {"server_id", "metrics": [{metric_type, metric_name, value, labels,
// timestamp}]}. All or nothing: with one bad item nothing is taken, and every bad item is named.
// Pure; Threads: any.
//
// value: a number, or "NaN", "+Inf", "-Inf". timestamp: RFC 3339, or a number of seconds or (above
// 10^11) milliseconds since 1970; absent: now. labels: texts by name.

#include "contracts/telemetry.hpp"
#include "ingest/refusal.hpp"
#include "ingest/time_window.hpp"

namespace monitron::ingest {

struct Push {
  Uuid server;
  contracts::Block block;  // points over the series that were named
};

struct PushLimits {
  std::size_t metrics = 20'000;  // per request
  contracts::Limits series;
};

Taken<Push> parse_push(const std::string& body, const TimeWindow& window, Instant now,
                       const PushLimits& limits = {});

// A number as a timestamp.
std::int64_t push_time_of(double number);

// With a key the same push is the same batch, so that sending it again stores nothing twice;
// without one every push is a batch of its own.
contracts::BatchId push_id(const Uuid& server, std::string_view principal, std::string_view key);
// The identity of a part of a push that is too long for one batch. The first has the push's own.
contracts::BatchId push_part_id(const contracts::BatchId& push, std::uint64_t part);

}  // namespace monitron::ingest
