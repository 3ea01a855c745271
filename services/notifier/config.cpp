#include "notifier/config.hpp"

namespace monitron::notifier {
namespace {

mail::Encryption encryption_of(const std::string& text) {
  if (text == "tls") return mail::Encryption::tls;
  return text == "none" ? mail::Encryption::none : mail::Encryption::starttls;
}

Result<void> read_mail(const service::Settings& settings, Config& config) {
  const auto from = mail::parse_address(settings.text("EMAIL_FROM"));
  if (!from) return fail(from.error().in("EMAIL_FROM"));
  config.mail_from = *from;
  config.mail_to = settings.list("MONITRON_NOTIFIER_EMAIL_TO");
  for (const auto& to : config.mail_to) {
    const auto address = mail::parse_address(to);
    if (!address) return fail(address.error().in("MONITRON_NOTIFIER_EMAIL_TO"));
  }
  if (settings.text("EMAIL_HOST").empty()) return {};
  config.mail_server =
      mail::Server{.host = settings.text("EMAIL_HOST"),
                   .port = static_cast<int>(settings.integer("EMAIL_PORT")),
                   .encryption = encryption_of(settings.text("MONITRON_EMAIL_TLS")),
                   .ca_file = settings.text("MONITRON_EMAIL_CA_FILE"),
                   .user = settings.text("EMAIL_USERNAME"),
                   .password = settings.text("EMAIL_PASSWORD")};
  return {};
}

Result<void> read_alertmanager(const service::Settings& settings, Config& config) {
  auto peers = alertmanager::configured(settings, std::chrono::seconds(5));
  if (!peers) return fail(peers.error());
  config.alertmanagers = std::move(*peers);
  config.resolves_within =
      std::chrono::seconds(settings.integer("MONITRON_NOTIFIER_RESOLVES_WITHIN_SECONDS"));
  config.tell_missing_resolves = settings.boolean("MONITRON_NOTIFIER_TELL_MISSING_RESOLVES");
  config.watchdog = settings.boolean("MONITRON_NOTIFIER_WATCHDOG");
  return {};
}

Result<void> read_webhooks(const service::Settings& settings, Config& config) {
  config.encryption_keys = settings.encryption_keys();
  config.webhook_ca_file = settings.text("MONITRON_WEBHOOK_CA_FILE");
  auto outgoing = probe::Outgoing::make(settings.list("MONITRON_WEBHOOK_ALLOW_NETWORKS"));
  if (!outgoing) return fail(outgoing.error().in("MONITRON_WEBHOOK_ALLOW_NETWORKS"));
  config.outgoing = std::move(*outgoing);
  return {};
}

}  // namespace

Result<Config> Config::load() {
  const auto settings = service::Settings::load("notifier");
  if (!settings) return fail(settings.error());
  Config config;
  config.runtime.program = "notifier";
  config.runtime.probes_address = settings->text("MONITRON_NOTIFIER_PROBES_ADDRESS");
  config.database.url = settings->database_url();
  config.database.application_name = "monitron-notifier";
  config.database.size = 6;
  const auto broker = mq::parse_endpoint(settings->text("RABBITMQ_URL"));
  if (!broker) return fail(broker.error().in("RABBITMQ_URL"));
  config.broker = *broker;
  config.broker.ca_file = settings->text("RABBITMQ_CA_FILE");
  config.log_level = settings->text("LOG_LEVEL");
  config.resend = std::chrono::seconds(settings->integer("MONITRON_NOTIFIER_RESEND_SECONDS"));
  config.head_bytes = static_cast<std::size_t>(settings->integer("MONITRON_NOTIFIER_HEAD_MIB"))
                      << 20;
  config.public_url = settings->text("MONITRON_PUBLIC_URL");
  while (config.public_url.ends_with('/')) config.public_url.pop_back();
  if (auto read = read_alertmanager(*settings, config); !read) return fail(read.error());
  if (auto read = read_webhooks(*settings, config); !read) return fail(read.error());
  if (auto read = read_mail(*settings, config); !read) return fail(read.error());
  return config;
}

}  // namespace monitron::notifier
