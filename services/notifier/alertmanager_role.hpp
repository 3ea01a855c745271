#pragma once
// Joins what this program has to do with Alertmanager: feeding its peers, and what becomes of
// that: whom it notified, and what it could not send.

#include "mq/consumer.hpp"
#include "notifier/alertmanager.hpp"
#include "notifier/config.hpp"
#include "notifier/evaluator.hpp"
#include "notifier/receipts.hpp"
#include "notifier/sends.hpp"

namespace monitron::notifier {

class AlertmanagerRole {
 public:
  // All of them outlive it.
  AlertmanagerRole(const Config& config, service::Runtime& runtime, db::Pool& database,
                   mq::Publisher& publisher, Evaluator& evaluator);
  ~AlertmanagerRole();

  bool connected() const { return notified_.connected(); }
  Instant sends_looked_at() const { return sends_.looked_at(); }  // as Sends has it

 private:
  Evaluator& evaluator_;
  Alertmanager alertmanager_;
  Receipts receipts_;
  Sends sends_;
  mq::Consumer notified_;
};

}  // namespace monitron::notifier
