// ingest: takes telemetry in (door) and stores it (writer). This file only joins the parts.

#include "base/log.hpp"
#include "contracts/topology.hpp"
#include "db/migrations.hpp"
#include "ingest/config.hpp"
#include "ingest/door.hpp"
#include "ingest/writer_role.hpp"
#include "mq/publisher.hpp"
#include "presence/presence.hpp"

#include <atomic>
#include <optional>

using namespace monitron;
using namespace std::chrono_literals;

namespace {

// The door with what it stands in: server, router, authentication, gatherer, publisher.
class DoorRole {
 public:
  DoorRole(const ingest::Config& config, service::Runtime& runtime, db::Pool& database)
      : jwt_(config.jwt_secret),
        grants_(database),
        access_(database, jwt_, grants_, runtime.clock()),
        publisher_({.endpoint = config.broker,
                    .topology = contracts::durable_topology(),
                    .name = "ingest door"}),
        gatherer_(
            [this](auto message, auto done) {
              return publisher_.publish(std::move(message), std::move(done));
            },
            runtime.clock()),
        door_(database, gatherer_, runtime.metrics(), runtime.clock(), config.max_age),
        router_(runtime.workers(),
                [this](const http::Request& request) { return access_(request); }),
        server_(config.server, [this](http::Request request, http::Responder responder) {
          router_.serve(std::move(request), std::move(responder));
        }) {
    door_.add_routes(router_);
    runtime.every(5s, [this] { (void)grants_.refresh(); });
    runtime.every(30s, [this] { access_.note_used_tokens(); });
    runtime.ready_when("door", [this]() -> Result<void> {
      if (publisher_.connected()) return {};
      return fail(Fault::unavailable, "RabbitMQ is not connected");
    });
    runtime.on_stop([this] { server_.drain(8s); });
  }

  Result<void> start() { return server_.start(); }

 private:
  auth::Jwt jwt_;
  access::Grants grants_;
  access::Access access_;
  mq::Publisher publisher_;
  ingest::Gatherer gatherer_;
  ingest::Door door_;
  http::Router router_;
  http::Server server_;
};

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

  std::optional<DoorRole> door;
  if (config->door) {
    door.emplace(*config, runtime, database);
    if (const auto started = door->start(); !started) return service::refuse(started.error());
  }
  const series::WriterConfig storage{.database_url = config->database.url,
                                     .application_name = "monitron-ingest writer"};
  series::Writer house(storage);
  std::optional<ingest::WriterRole> writer;
  if (config->writer) {
    writer.emplace(config->broker, storage, runtime.metrics());
    runtime.ready_when("writer", [&]() -> Result<void> {
      if (!writer->connected()) return fail(Fault::unavailable, "RabbitMQ is not connected");
      return database.ping();
    });
    runtime.every(60s, [&] {
      const auto oldest = runtime.clock().now() - config->max_age - std::chrono::hours(48);
      if (const auto done = house.keep_house(oldest); !done) {
        log::warning("storage.housekeeping", done.error().text);
      }
    });
  }
  const presence::Presence presence(runtime, database, "ingest");
  return runtime.run();  // until SIGTERM; answers what is in flight
}
