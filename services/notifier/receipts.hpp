#pragma once
// What became of that which Alertmanager was told: which receivers it has told (by its webhook,
// through api), what it keeps to itself (silenced, inhibited: asked of a peer), and which receivers
// were told that something fires and not, in time, that it is over. All of it goes into the ledger.

#include "alertmanager/client.hpp"
#include "db/pool.hpp"
#include "mq/consumer.hpp"
#include "service/metrics.hpp"

#include <chrono>
#include <vector>

namespace monitron::notifier {

class Receipts {
 public:
  struct Config {
    std::vector<alertmanager::Client> peers;
    std::chrono::seconds resolves_within{900};
    // Who gets a letter about a resolve that a receiver was not told of; nobody: none is written.
    std::vector<std::string> recipients;
    std::string public_url;
  };
  Receipts(Config config, db::Pool& database, service::Metrics& metrics);

  // For the queue alerts.notified. Threads: workers, as all here.
  Result<void> take(const mq::Delivery& delivery);
  // Asks the first peer that answers what is suppressed, and why.
  void note_suppressed();
  // Of the last day. Nothing is known, and nothing found, without the webhook.
  void find_missing_resolves();

 private:
  const Config config_;
  db::Pool& database_;
  service::Counter missing_;
};

}  // namespace monitron::notifier
