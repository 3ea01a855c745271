#pragma once
// Joins what this program has to do with Alertmanager: feeding its peers, and what becomes of
// that.

#include "mq/consumer.hpp"
#include "notifier/alertmanager.hpp"
#include "notifier/config.hpp"
#include "notifier/evaluator.hpp"
#include "notifier/receipts.hpp"

namespace monitron::notifier {

class AlertmanagerRole {
 public:
  // All of them outlive it.
  AlertmanagerRole(const Config& config, service::Runtime& runtime, db::Pool& database,
                   Evaluator& evaluator);
  ~AlertmanagerRole();

  bool connected() const { return notified_.connected(); }

 private:
  Evaluator& evaluator_;
  Alertmanager alertmanager_;
  Receipts receipts_;
  mq::Consumer notified_;
};

}  // namespace monitron::notifier
