#include "contracts/topology.hpp"

namespace monitron::contracts {
namespace {

using std::chrono::milliseconds;

constexpr int kDeliveryLimit = 20;
constexpr std::int64_t kStoreQueueBytes = std::int64_t{1} << 30;
constexpr std::int64_t kHeartbeatQueueBytes = std::int64_t{256} << 20;
constexpr std::int64_t kDeadMessages = 100'000;
constexpr std::int64_t kTapMessages = 10'000;
constexpr milliseconds kCheckSliceLife{60'000};  // an older slice is of no use: the next one comes

QueueSpec work_queue(std::string name) {
  QueueSpec queue;
  queue.dead_letter_routing_key = name;
  queue.name = std::move(name);
  queue.delivery_limit = kDeliveryLimit;
  queue.dead_letter_exchange = kDeadExchange;
  return queue;
}

// Jobs that are tried again after a pause: the work queue and its retry steps.
void add_job_queue(Topology& topology, const std::string& name, const BindingSpec& binding) {
  topology.queues.push_back(work_queue(name));
  topology.bindings.push_back(binding);
  for (const auto& step : retry_steps()) {
    QueueSpec queue;
    queue.name = "retry." + name + "." + step.name;
    queue.message_ttl = step.pause;
    queue.dead_letter_exchange = "";  // the default exchange: straight back to the work queue
    queue.dead_letter_routing_key = name;
    topology.bindings.push_back({queue.name, std::string(kRetryExchange), name + "." + step.name});
    topology.queues.push_back(std::move(queue));
  }
}

void add_telemetry(Topology& topology) {
  for (int partition = 0; partition < kPartitions; ++partition) {
    const auto number = std::to_string(partition);
    QueueSpec queue = work_queue("tele.store." + number);
    queue.max_length_bytes = kStoreQueueBytes;
    queue.reject_publish = true;
    for (const char* kind : {"metric.", "check."}) {
      topology.bindings.push_back({queue.name, std::string(kTelemetryExchange), kind + number});
    }
    topology.queues.push_back(std::move(queue));
  }
}

void add_heartbeats(Topology& topology) {
  QueueSpec queue = work_queue(std::string(kHeartbeatQueue));
  queue.max_length_bytes = kHeartbeatQueueBytes;
  queue.reject_publish = true;
  queue.single_consumer = true;
  topology.bindings.push_back({queue.name, std::string(kJobsExchange), std::string(kHeartbeatKey)});
  topology.queues.push_back(std::move(queue));
}

}  // namespace

const std::vector<RetryStep>& retry_steps() {
  static const std::vector<RetryStep> steps = {{"5s", milliseconds(5'000)},
                                               {"30s", milliseconds(30'000)},
                                               {"2m", milliseconds(120'000)},
                                               {"10m", milliseconds(600'000)}};
  return steps;
}

Topology durable_topology(const std::vector<std::string>& locations) {
  Topology topology;
  for (const auto name : {kTelemetryExchange, kAlertsExchange, kDeadExchange, kEventsExchange}) {
    topology.exchanges.push_back({std::string(name), "topic"});
  }
  for (const auto name : {kChecksExchange, kJobsExchange, kRetryExchange}) {
    topology.exchanges.push_back({std::string(name), "direct"});
  }
  add_telemetry(topology);
  add_heartbeats(topology);
  for (const auto& location : locations) {
    QueueSpec queue = work_queue("checks." + location);
    queue.message_ttl = kCheckSliceLife;
    topology.bindings.push_back({queue.name, std::string(kChecksExchange), location});
    topology.queues.push_back(std::move(queue));
  }
  for (const char* name : {"alerts.mail", "alerts.channels"}) {
    add_job_queue(topology, name, {name, std::string(kAlertsExchange), "alert.#"});
    topology.bindings.push_back({name, std::string(kAlertsExchange), "personal.alert.#"});
  }
  topology.exchange_bindings.push_back(
      {std::string(kEventsExchange), std::string(kAlertsExchange), "alert.#"});
  add_job_queue(topology, "alerts.notified",
                {"alerts.notified", std::string(kJobsExchange), "alertmanager"});
  for (const char* key : {"report", "email.high", "email.low"}) {
    const auto name = std::string("jobs.") + key;
    add_job_queue(topology, name, {name, std::string(kJobsExchange), key});
  }
  QueueSpec dead;
  dead.name = "dead.all";
  dead.max_length = kDeadMessages;
  topology.queues.push_back(std::move(dead));
  topology.bindings.push_back({"dead.all", std::string(kDeadExchange), "#"});
  return topology;
}

Topology tap_topology(const std::string& queue, const std::vector<BindingSpec>& bindings) {
  Topology topology;
  QueueSpec tap;
  tap.name = queue;
  tap.quorum = false;
  tap.exclusive = true;
  tap.max_length = kTapMessages;
  for (const auto name : {kTelemetryExchange, kAlertsExchange, kEventsExchange}) {
    topology.exchanges.push_back({std::string(name), "topic"});
  }
  topology.exchanges.push_back({std::string(kJobsExchange), "direct"});
  topology.queues.push_back(std::move(tap));
  topology.bindings = bindings;
  return topology;
}

}  // namespace monitron::contracts
