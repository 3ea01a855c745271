// ingest: takes telemetry in (door), stores it (writer) and makes it small (compactor). This file
// only joins the parts.

#include "base/log.hpp"
#include "contracts/topology.hpp"
#include "db/migrations.hpp"
#include "ingest/compactor_role.hpp"
#include "ingest/config.hpp"
#include "ingest/door_role.hpp"
#include "ingest/writer_role.hpp"
#include "presence/presence.hpp"
#include "relay/relay.hpp"

#include <atomic>
#include <optional>

using namespace monitron;
using namespace std::chrono_literals;

namespace {

// The door opens while PostgreSQL is away; the schema follows when it is there.
void migrate(const std::string& url, std::atomic<bool>& migrated) {
  if (migrated) return;
  const auto applied = db::migrate_up(url, db::built_in_migrations());
  if (!applied) return log::warning("database.waiting", applied.error().text);
  migrated = true;
  log::info("database.migrated", "Database migrations applied successfully!",
            {{"applied", *applied}});
}

}  // namespace

int main(int argc, char** argv) {
  if (const auto code = service::handle_flags(argc, argv, "ingest")) return *code;
  const auto config = ingest::Config::load();
  if (!config) return service::refuse(config.error());
  log::start("ingest", config->log_level);

  service::Runtime runtime(config->runtime);
  db::Pool database(config->database);
  std::atomic<bool> migrated{false};
  runtime.every(2s, [&] { migrate(config->database.url, migrated); });

  std::optional<ingest::DoorRole> door;
  if (config->door) {
    door.emplace(*config, runtime, database);
    if (const auto started = door->start(); !started) return service::refuse(started.error());
  }
  const series::WriterConfig storage{.database_url = config->database.url,
                                     .application_name = "monitron-ingest writer",
                                     .limits = config->series_limits,
                                     .connection_log_age = config->connection_log_age};
  series::Writer house(storage);
  std::optional<ingest::WriterRole> writer;
  std::optional<mq::Publisher> events;
  std::optional<relay::Relay> relay;
  if (config->writer) {
    writer.emplace(config->broker, storage, runtime.metrics());
    events.emplace(mq::PublisherConfig{.endpoint = config->broker,
                                       .topology = contracts::durable_topology(),
                                       .name = "monitron-ingest events"});
    relay.emplace(runtime, database, config->database.url, *events, store::kIngestOutbox);
    runtime.ready_when("writer", [&]() -> Result<void> {
      if (!writer->connected()) return fail(Fault::unavailable, "RabbitMQ is not connected");
      return database.ping();
    });
    runtime.every(60s, [&] {
      const auto now = runtime.clock().now();
      if (const auto done = house.keep_house(now - ingest::ledger_memory(config->times)); !done) {
        log::warning("storage.housekeeping", done.error().text);
      }
    });
  }
  std::optional<ingest::CompactorRole> compactor;
  if (config->compactor) compactor.emplace(config->compaction, runtime.metrics());
  const presence::Presence presence(runtime, database, "ingest");
  return runtime.run();  // until SIGTERM; answers what is in flight
}
