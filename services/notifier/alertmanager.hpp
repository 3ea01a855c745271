#pragma once
// Feeds every Alertmanager peer by state, as Prometheus does: at once on a change, and all of it
// every minute, because Alertmanager keeps alerts in memory only; what ended is told for 15
// minutes. An alert that is no longer told of ends by itself after four minutes.

#include "contracts/alert_changed.hpp"
#include "db/pool.hpp"
#include "mq/consumer.hpp"
#include "service/metrics.hpp"

#include <mutex>
#include <span>
#include <vector>

namespace monitron::notifier {

// The body of POST /api/v2/alerts (OpenAPI of Alertmanager 0.25).
std::string alertmanager_body(std::span<const contracts::AlertChanged> alerts, Instant now,
                              const std::string& public_url);

struct AlertmanagerConfig {
  std::vector<std::string> urls;  // one per peer, …/api/v2/alerts
  std::string ca_file;            // trusted authorities; empty: the system's
  std::string public_url;         // of the web UI, for links
};

class Alertmanager {
 public:
  Alertmanager(AlertmanagerConfig config, db::Pool& database, service::Metrics& metrics,
               const Clock& clock);

  // To all peers at once; well when one of them has taken it. Threads: workers.
  Result<void> push(const std::vector<contracts::AlertChanged>& alerts);
  // Everything that is known; from memory while PostgreSQL is away.
  Result<void> push_all();
  // For the queue alerts.push.
  Result<void> take(const mq::Delivery& delivery);

 private:
  using Alerts = std::span<const contracts::AlertChanged>;
  Result<void> push_to(const std::string& url, Alerts alerts);
  Result<int> post(const std::string& url, Alerts alerts);

  const AlertmanagerConfig config_;
  db::Pool& database_;
  const Clock& clock_;
  service::Counter pushed_, failed_;
  std::mutex mutex_;  // guards what follows
  std::vector<contracts::AlertChanged> last_known_;
};

}  // namespace monitron::notifier
