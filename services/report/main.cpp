// report: makes reports, on request and on schedule. This file only joins the parts.

#include "base/log.hpp"
#include "contracts/topology.hpp"
#include "mq/consumer.hpp"
#include "presence/presence.hpp"
#include "relay/relay.hpp"
#include "report/config.hpp"
#include "report/maker.hpp"
#include "report/scheduler.hpp"

using namespace monitron;
using namespace std::chrono_literals;

int main(int argc, char** argv) {
  if (const auto code = service::handle_flags(argc, argv, "report")) return *code;
  const auto config = report::Config::load();
  if (!config) return service::refuse(config.error());
  log::start("report", config->log_level);

  // Built from the ground up, torn down in reverse: a line may use only the lines above it.
  service::Runtime runtime(config->runtime);
  db::Pool database(config->database);
  mq::Publisher publisher(
      {.endpoint = config->broker, .topology = contracts::durable_topology(), .name = "report"});
  const relay::Relay relay(runtime, database, config->database.url, publisher,
                           store::kReportOutbox);
  report::Maker maker(database, runtime.metrics(), runtime.clock());
  loop::Workers makers("reports", 1, 4);

  mq::ConsumerConfig jobs;
  jobs.endpoint = config->broker;
  jobs.topology = contracts::durable_topology();
  jobs.queue = "jobs.report";
  jobs.name = "report";
  jobs.prefetch = 2;
  mq::AsyncConsumer consumer(
      jobs, [&](mq::Delivery delivery, const mq::AsyncConsumer::Finish& finish) {
        const auto taken = makers.run([&maker, message = std::move(delivery.message), finish] {
          finish(maker.take(message));
        });
        if (!taken) finish(fail(Fault::unavailable, "too many reports at once"));
      });
  runtime.on_stop([&] { consumer.drain(config->runtime.grace - 1s); });

  runtime.every(5s, [&] {
    const auto asked = report::ask_for_due_reports(database, runtime.clock().now());
    if (!asked) log::warning("schedules.waiting", asked.error().text);
  });
  runtime.every(5min, [&] { (void)report::ask_again_for_stalled_reports(database); });
  runtime.every(1h,
                [&] { (void)database.transact([](pqxx::work& tx) { store::drop_old_runs(tx); }); });
  runtime.ready_when("postgres", [&] { return database.ping(); });
  runtime.ready_when("rabbitmq", [&]() -> Result<void> {
    if (publisher.connected() && consumer.connected()) return {};
    return fail(Fault::unavailable, "not connected");
  });
  const presence::Presence presence(runtime, database, "report");
  return runtime.run();  // until SIGTERM
}
