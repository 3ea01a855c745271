#pragma once
// Feeds every Alertmanager peer by state, as Prometheus does: at once on a change, and all of it
// every minute, because Alertmanager keeps alerts in memory only; what ended is told for 15
// minutes. An alert that is no longer told of ends by itself after four minutes.

#include "contracts/alert_changed.hpp"
#include "db/pool.hpp"
#include "mq/consumer.hpp"
#include "service/metrics.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace monitron::notifier {

// The body of POST /api/v2/alerts (OpenAPI of Alertmanager 0.25).
std::string alertmanager_body(std::span<const contracts::AlertChanged> alerts, Instant now,
                              const std::string& public_url);

// Alertmanager knows an alert by its labels alone: of several with the same ones (an incident that
// ended lately and its successor, rules of one name) it is told of one that fires, else of the
// latest. Were it told of both, the one that ended would end the other.
std::vector<contracts::AlertChanged> one_per_label_set(std::vector<contracts::AlertChanged> alerts);

using KnownAlerts = std::map<Uuid, contracts::AlertChanged>;  // by incident
// What holds while PostgreSQL is away: of what was `known` as firing only that goes on which is
// still `firing`, and what began since is added.
KnownAlerts brought_up_to_date(KnownAlerts known,
                               const std::vector<contracts::AlertChanged>& firing, Instant now);

struct AlertmanagerConfig {
  std::vector<std::string> urls;  // one per peer, …/api/v2/alerts
  std::string ca_file;            // trusted authorities; empty: the system's
  std::string public_url;         // of the web UI, for links
};

class Alertmanager {
 public:
  // What fires as far as is decided here, stored or not; nothing when it is decided elsewhere.
  using Decided = std::function<std::optional<std::vector<contracts::AlertChanged>>()>;
  Alertmanager(AlertmanagerConfig config, db::Pool& database, service::Metrics& metrics,
               const Clock& clock, Decided decided);

  // To all peers at once; well when one of them has taken it. Threads: workers.
  Result<void> push(const std::vector<contracts::AlertChanged>& alerts);
  // Everything that is known; from memory and what is decided here while PostgreSQL is away.
  Result<void> push_all();
  // For the queue alerts.push.
  Result<void> take(const mq::Delivery& delivery);

 private:
  using Alerts = std::span<const contracts::AlertChanged>;
  Result<void> push_to(const std::string& url, Alerts alerts);
  Result<int> post(const std::string& url, Alerts alerts);
  std::vector<contracts::AlertChanged> known();
  void keep(const contracts::AlertChanged& alert);

  const AlertmanagerConfig config_;
  db::Pool& database_;
  const Clock& clock_;
  const Decided decided_;
  service::Counter pushed_, failed_;
  std::mutex mutex_;  // guards what follows
  KnownAlerts known_;
};

}  // namespace monitron::notifier
