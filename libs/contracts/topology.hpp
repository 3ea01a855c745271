#pragma once
// Every exchange and queue of the suite: one table, declared by each service at start with
// identical arguments (declaring again is harmless). Quorum queues hold all that must not be lost;
// each has an explicit delivery limit and a dead-letter exchange (a delivery limit without one
// loses messages).

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace monitron::contracts {

inline constexpr std::string_view kTelemetryExchange = "mon.telemetry";
inline constexpr std::string_view kChecksExchange = "mon.checks";
inline constexpr std::string_view kAlertsExchange = "mon.alerts";
inline constexpr std::string_view kJobsExchange = "mon.jobs";
inline constexpr std::string_view kRetryExchange = "mon.retry";
inline constexpr std::string_view kDeadExchange = "mon.dead";
// For anybody's own queues: what is told there is kept where somebody has bound a queue, and
// nowhere else.
inline constexpr std::string_view kEventsExchange = "mon.events";

// Calls of heartbeats: key on mon.jobs, and their queue. One consumer gets them at a time, in
// order.
inline constexpr std::string_view kHeartbeatKey = "heartbeat";
inline constexpr std::string_view kHeartbeatQueue = "jobs.heartbeat";

// Producers spread sources over this many store queues: p = hash(source) mod kPartitions.
inline constexpr int kPartitions = 2;

struct ExchangeSpec {
  std::string name;
  std::string kind;  // topic or direct
};

struct QueueSpec {
  std::string name;
  bool quorum = true;
  bool exclusive =
      false;  // one consumer's own, gone with its connection; never holds what must last
  bool single_consumer = false;  // others wait until the one that has it is gone
  std::optional<std::chrono::milliseconds> message_ttl;
  std::optional<std::int64_t> max_length_bytes;
  std::optional<std::int64_t> max_length;
  bool reject_publish =
      false;  // full: nack the publisher (back-pressure) instead of dropping the head
  std::optional<int> delivery_limit;
  std::string dead_letter_exchange;
  std::string dead_letter_routing_key;
};

struct BindingSpec {
  std::string queue;
  std::string exchange;
  std::string routing_key;
};

// What comes to one exchange goes on to another one, too.
struct ExchangeBindingSpec {
  std::string to;
  std::string from;
  std::string routing_key;
};

struct Topology {
  std::vector<ExchangeSpec> exchanges;
  std::vector<QueueSpec> queues;
  std::vector<BindingSpec> bindings;
  std::vector<ExchangeBindingSpec> exchange_bindings{};
};

// What lasts: all exchanges, work queues, retry steps and the dead-letter queue. `locations` are
// the places checks run from; each has its queue checks.<location>.
Topology durable_topology(const std::vector<std::string>& locations = {"default"});

// A replica's own bounded queue that drops its oldest message when full: it never pushes back.
Topology tap_topology(const std::string& queue, const std::vector<BindingSpec>& bindings);

// Pauses before the next try of a job. Each is a queue retry.<work queue>.<step> whose messages
// expire back into the work queue.
struct RetryStep {
  std::string name;
  std::chrono::milliseconds pause;
};
const std::vector<RetryStep>& retry_steps();  // 5s 30s 2m 10m

}  // namespace monitron::contracts
