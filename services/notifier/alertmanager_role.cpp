#include "notifier/alertmanager_role.hpp"

#include "base/log.hpp"
#include "notifier/job_consumer.hpp"

#include <algorithm>

namespace monitron::notifier {

using namespace std::chrono_literals;

AlertmanagerRole::AlertmanagerRole(const Config& config, service::Runtime& runtime,
                                   db::Pool& database, mq::Publisher& publisher,
                                   Evaluator& evaluator)
    : evaluator_(evaluator),
      alertmanager_({.peers = config.alertmanagers.peers,
                     .public_url = config.public_url,
                     .resend = config.resend,
                     .watchdog = config.watchdog},
                    database, runtime.metrics(), runtime.clock(),
                    {.firing = [&] { return evaluator.firing(); },
                     .term = [&] { return evaluator.term(); },
                     .able = [&] { return evaluator.leading() && evaluator.connected(); }}),
      receipts_(
          {.peers = config.alertmanagers.peers,
           .resolves_within = config.resolves_within,
           .recipients = config.tell_missing_resolves ? config.mail_to : std::vector<std::string>(),
           .public_url = config.public_url},
          database, runtime.metrics()),
      sends_({.peers = config.alertmanagers.peers,
              .leading = [&] { return evaluator.leading(); },
              .every = std::min(15s, config.resend)},
             database, publisher, runtime),
      notified_(alert_consumer(config.broker, "alerts.notified"),
                [this](const auto& delivery) { return receipts_.take(delivery); }) {
  if (config.alertmanagers.old_path) {
    log::warning("alertmanager.old_path",
                 "ALERTMANAGER_URL names /api/v1/alerts, which Alertmanager 0.27 has no more; "
                 "/api/v2/alerts is used");
  }
  evaluator.tell({.stored = [this](const auto& alert) { alertmanager_.tell(alert); },
                  .waits = [this] { alertmanager_.tell_all_soon(); }});
  runtime.every(1s, [this, &evaluator] { alertmanager_.tick(evaluator.leading()); });
  runtime.every(1s, [this] { alertmanager_.note_accepted(); });
  runtime.every(config.resend, [this, &evaluator] {
    if (!evaluator.leading()) return;
    receipts_.note_suppressed();
    receipts_.find_missing_resolves();
  });
}

AlertmanagerRole::~AlertmanagerRole() { evaluator_.tell({}); }

}  // namespace monitron::notifier
