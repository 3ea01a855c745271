// checker: emits due checks (scheduler), runs them (worker) and watches those that
// nobody runs (watcher). This file only joins the parts.

#include "base/log.hpp"
#include "checker/config.hpp"
#include "checker/scheduler.hpp"
#include "checker/self_report.hpp"
#include "checker/watcher.hpp"
#include "checker/work_queue.hpp"
#include "contracts/topology.hpp"
#include "presence/presence.hpp"
#include "relay/relay.hpp"

using namespace monitron;

namespace {

mq::ConsumerConfig consumer_of(const checker::Config& config, const contracts::Topology& topology,
                               std::string queue, std::string name) {
  mq::ConsumerConfig consumer;
  consumer.endpoint = config.broker;
  consumer.topology = topology;
  consumer.queue = std::move(queue);
  consumer.name = std::move(name);
  return consumer;
}

}  // namespace

int main(int argc, char** argv) {
  if (const auto code = service::handle_flags(argc, argv, "checker",
                                              {{"--location", "MONITRON_CHECKER_LOCATION"}})) {
    return *code;
  }
  const auto config = checker::Config::load();
  if (!config) return service::refuse(config.error());
  log::start("checker", config->log_level);
  // The spawner of scripts is the first to be started: before threads, with nothing open yet.
  const auto probes = probe::EngineSettings::make(config->probes);
  if (!probes) return service::refuse(probes.error());

  // Built from the ground up, torn down in reverse: a line may use only the lines above it.
  service::Runtime runtime(config->runtime);
  const auto topology = contracts::durable_topology({config->location});
  db::Pool database(config->database);
  mq::PublisherConfig publisher;
  publisher.endpoint = config->broker;
  publisher.topology = topology;
  publisher.name = "checker";
  mq::Publisher broker(publisher);
  std::optional<checker::Scheduler> scheduler;
  if (config->scheduler) {
    scheduler.emplace(checker::Scheduler::Config{config->database.url, config->broker,
                                                 config->location, config->instance},
                      database, broker, runtime.metrics());
  }
  std::optional<checker::WorkQueue> work;
  if (config->worker) {
    auto consumer = consumer_of(*config, topology, "checks." + config->location, "checker");
    consumer.prefetch = config->prefetch;
    const checker::WorkerConfig limits{config->loops, checker::in_flight_limit(config->in_flight),
                                       config->location, config->guard_targets, config->traceroute};
    work.emplace(checker::WorkQueue::Config{consumer, limits, config->instance}, *probes, broker,
                 runtime.metrics());
    // What still runs a second before the end goes back to the broker, for another worker.
    runtime.on_stop([&] { work->stop(config->runtime.grace - std::chrono::seconds(1)); });
  }
  std::optional<db::Pool> watched;
  std::optional<relay::Relay> relay;
  std::optional<checker::Watcher> watcher;
  if (config->watcher) {
    watched.emplace(config->watched);
    relay.emplace(runtime, *watched, config->database.url, broker, store::kCheckerOutbox);
    auto pings = consumer_of(*config, topology, std::string(contracts::kHeartbeatQueue),
                             "checker heartbeats");
    pings.prefetch = 256;
    watcher.emplace(checker::WatcherConfig{config->database.url, pings, config->instance}, *watched,
                    broker, runtime.metrics(), runtime.clock());
  }
  const checker::SelfReport report(runtime, broker, config->location, config->instance);
  runtime.ready_when("rabbitmq", [&]() -> Result<void> {
    if (broker.connected() && (!work || work->connected())) return {};
    return fail(Fault::unavailable, "not connected");
  });
  const presence::Presence presence(runtime, database, "checker");
  return runtime.run();  // until SIGTERM
}
