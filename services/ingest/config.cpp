#include "ingest/config.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace monitron::ingest {
namespace {

// "127.0.0.1:18083"; the form is checked by the table of settings.
http::ServerConfig server_of(const std::string& address) {
  http::ServerConfig server;
  const auto colon = address.rfind(':');
  server.address = address.substr(0, colon);
  server.port = parse_number<int>(std::string_view(address).substr(colon + 1)).value_or(0);
  server.max_body_bytes = (64u << 20) + (64u << 10);  // of an import; others are refused later
  server.max_bytes_in_flight = 160u << 20;            // two such, and everybody else
  return server;
}

}  // namespace

Result<Config> Config::load() {
  const auto settings = service::Settings::load("ingest");
  if (!settings) return fail(settings.error());
  Config config;
  config.runtime.program = "ingest";
  config.runtime.probes_address = settings->text("MONITRON_INGEST_PROBES_ADDRESS");
  config.server = server_of(settings->text("MONITRON_INGEST_ADDRESS"));
  config.database.url = settings->database_url();
  config.database.application_name = "monitron-ingest";
  config.database.size = 2;
  // Senders are answered within two seconds, whatever the database does.
  config.database.acquire_timeout = std::chrono::milliseconds(500);
  config.database.connect_timeout = std::chrono::seconds(2);
  config.database.statement_timeout = std::chrono::milliseconds(1000);
  config.database.transaction_timeout = std::chrono::milliseconds(1500);
  const auto broker = mq::parse_endpoint(settings->text("RABBITMQ_URL"));
  if (!broker) return fail(broker.error().in("RABBITMQ_URL"));
  config.broker = *broker;
  config.broker.ca_file = settings->text("RABBITMQ_CA_FILE");
  config.jwt_secret = settings->text("JWT_SECRET");
  config.encryption_keys = settings->encryption_keys();
  config.log_level = settings->text("LOG_LEVEL");
  config.times = {settings->duration("MONITRON_INGEST_MAX_AGE"),
                  settings->duration("MONITRON_INGEST_MAX_AHEAD")};
  config.compaction.database_url = config.database.url;
  config.compaction.application_name = "monitron-ingest compactor";
  config.compaction.slot_age =
      std::chrono::seconds(settings->integer("MONITRON_INGEST_COMPACT_AFTER_SECONDS"));
  config.compaction.rest = std::min(config.compaction.rest, config.compaction.slot_age);
  const auto number = [&](const char* name) {
    return static_cast<std::size_t>(settings->integer(name));
  };
  config.series_limits = {number("MONITRON_INGEST_MAX_SERIES_PER_SOURCE"),
                          number("MONITRON_INGEST_MAX_SERIES")};
  config.connection_log_age = std::chrono::duration_cast<std::chrono::seconds>(
      settings->duration("MONITRON_INGEST_CONNECTION_LOG_AGE"));
  const auto roles = settings->list("MONITRON_INGEST_ROLES");
  const auto has = [&](const char* role) {
    return std::find(roles.begin(), roles.end(), role) != roles.end();
  };
  config.door = has("door");
  config.writer = has("writer");
  config.compactor = has("compactor");
  const auto known = static_cast<std::size_t>(config.door) + config.writer + config.compactor;
  if (known == 0 || known != roles.size()) {
    return fail(Fault::invalid, "MONITRON_INGEST_ROLES: is not some of door, writer and compactor");
  }
  return config;
}

}  // namespace monitron::ingest
