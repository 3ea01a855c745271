#include "checker/config.hpp"

#include "auth/vault.hpp"
#include "base/ids.hpp"

#include <algorithm>

namespace monitron::checker {

namespace {

void set_databases(Config& config, const std::string& url) {
  config.database.url = url;
  config.database.application_name = "monitron-checker";
  config.database.size = 2;
  // Whatever the database does, stopping and taking over do not wait for it for long.
  config.database.connect_timeout = std::chrono::seconds(2);
  config.database.statement_timeout = std::chrono::seconds(2);
  config.database.transaction_timeout = std::chrono::seconds(3);
  config.watched = config.database;
  config.watched.application_name = "monitron-checker watcher";
  config.watched.size = 4;
  config.watched.statement_timeout = std::chrono::seconds(5);
  config.watched.transaction_timeout = std::chrono::seconds(6);
}

}  // namespace

Result<Config> Config::load() {
  const auto settings = service::Settings::load("checker");
  if (!settings) return fail(settings.error());
  Config config;
  config.runtime.program = "checker";
  config.runtime.probes_address = settings->text("MONITRON_CHECKER_PROBES_ADDRESS");
  set_databases(config, settings->database_url());
  const auto broker = mq::parse_endpoint(settings->text("RABBITMQ_URL"));
  if (!broker) return fail(broker.error().in("RABBITMQ_URL"));
  config.broker = *broker;
  config.broker.ca_file = settings->text("RABBITMQ_CA_FILE");
  config.location = settings->text("MONITRON_CHECKER_LOCATION");
  if (!domain::is_location(config.location)) {
    return fail(Fault::invalid, "MONITRON_CHECKER_LOCATION: must be of a-z, 0-9 and -, 60 at most");
  }
  config.probes.location = config.location;
  config.probes.open_secret = [vault = auth::Vault(settings->encryption_keys())](
                                  const auto& sealed, const auto& context) {
    return vault.open(sealed, context);
  };
  config.log_level = settings->text("LOG_LEVEL");
  config.instance = Uuid::make().str();
  const auto roles = settings->list("MONITRON_CHECKER_ROLES");
  const auto has = [&](const char* role) {
    return std::find(roles.begin(), roles.end(), role) != roles.end();
  };
  config.scheduler = has("scheduler");
  config.worker = has("worker");
  config.watcher = has("watcher");
  const auto known = static_cast<std::size_t>(config.scheduler) + config.worker + config.watcher;
  if (known == 0 || known != roles.size()) {
    return fail(Fault::invalid,
                "MONITRON_CHECKER_ROLES: is not some of scheduler, worker and watcher");
  }
  config.loops = static_cast<std::size_t>(settings->integer("MONITRON_CHECKER_LOOPS"));
  config.in_flight = static_cast<std::size_t>(settings->integer("MONITRON_CHECKER_MAX_IN_FLIGHT"));
  config.prefetch = static_cast<int>(settings->integer("MONITRON_CHECKER_PREFETCH"));
  config.probes.denied_networks = settings->list("MONITRON_CHECKER_DENY_NETWORKS");
  config.probes.allowed_networks = settings->list("MONITRON_CHECKER_ALLOW_NETWORKS");
  config.guard_targets = settings->list("MONITRON_CHECKER_GUARD_TARGETS");
  for (const auto& target : config.guard_targets) {
    const auto good = domain::parse_host_port(target);
    if (!good) return fail(good.error().in("MONITRON_CHECKER_GUARD_TARGETS"));
  }
  config.traceroute = settings->boolean("MONITRON_CHECKER_TRACEROUTE");
  config.probes.ca_file = settings->text("MONITRON_CHECKER_CA_FILE");
  config.probes.dns_servers = settings->list("MONITRON_CHECKER_DNS_SERVERS");
  config.probes.rdap_bootstrap_url = settings->text("MONITRON_CHECKER_RDAP_BOOTSTRAP_URL");
  config.probes.whois_server = settings->text("MONITRON_CHECKER_WHOIS_SERVER");
  auto& scripts = config.probes.scripts;
  scripts.folder = settings->text("MONITRON_CHECKER_SCRIPTS_DIR");
  if (const auto good = script::check(scripts); !good) {
    return fail(good.error().in("MONITRON_CHECKER_SCRIPTS_DIR"));
  }
  scripts.user = settings->text("MONITRON_CHECKER_SCRIPTS_USER");
  if (const auto good = script::check(scripts); !good) {
    return fail(good.error().in("MONITRON_CHECKER_SCRIPTS_USER"));
  }
  if (!config.worker) scripts = {};
  return config;
}

}  // namespace monitron::checker
