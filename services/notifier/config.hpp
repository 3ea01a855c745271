#pragma once
// The settings of the notifier; nothing else here reads them.

#include "alertmanager/configured.hpp"
#include "base/result.hpp"
#include "db/pool.hpp"
#include "mail/smtp.hpp"
#include "mq/endpoint.hpp"
#include "probe/outgoing.hpp"
#include "service/runtime.hpp"

#include <optional>

namespace monitron::notifier {

struct Config {
  service::RuntimeConfig runtime;
  db::Config database;
  mq::Endpoint broker;
  std::string log_level;
  std::string public_url;  // of the web UI, without a slash at its end
  alertmanager::Configured alertmanagers;
  bool watchdog = true;
  std::chrono::seconds resolves_within{900};  // receivers of Alertmanager are told of an end
  bool tell_missing_resolves = true;          // by a letter to mail_to
  std::size_t head_bytes = 512u << 20;        // for recent samples
  std::chrono::seconds resend{60};            // pause between tellings of all that is firing
  std::optional<mail::Server> mail_server;
  mail::Address mail_from;
  std::vector<std::string> mail_to;
  std::vector<std::string> encryption_keys;  // of the secrets of webhooks
  probe::Outgoing outgoing;                  // where webhooks may go
  std::string webhook_ca_file;

  // Fault: invalid, every mistake on a line.
  static Result<Config> load();
};

}  // namespace monitron::notifier
