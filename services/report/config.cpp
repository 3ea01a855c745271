#include "report/config.hpp"

namespace monitron::report {

Result<Config> Config::load() {
  const auto settings = service::Settings::load("report");
  if (!settings) return fail(settings.error());
  Config config;
  config.runtime.program = "report";
  config.runtime.probes_address = settings->text("MONITRON_REPORT_PROBES_ADDRESS");
  config.runtime.worker_threads = 3;
  config.database.url = settings->database_url();
  config.database.application_name = "monitron-report";
  config.database.size = 3;
  config.database.statement_timeout = std::chrono::seconds(60);
  config.database.transaction_timeout = std::chrono::minutes(3);
  const auto broker = mq::parse_endpoint(settings->text("RABBITMQ_URL"));
  if (!broker) return fail(broker.error().in("RABBITMQ_URL"));
  config.broker = *broker;
  config.broker.ca_file = settings->text("RABBITMQ_CA_FILE");
  config.log_level = settings->text("LOG_LEVEL");
  return config;
}

}  // namespace monitron::report
