#pragma once
// Tells the checkers of each location which checks are waited for (check.wanted). Told once: what
// does not arrive is asked for again by who waits (Rechecks). Threads: any; never blocks.

#include "mq/publisher.hpp"
#include "notifier/alert_book.hpp"
#include "service/metrics.hpp"

namespace monitron::notifier {

class Wishes {
 public:
  // The publisher outlives it.
  Wishes(mq::Publisher& publisher, service::Metrics& metrics);

  void send(const AlertBook::ByLocation& wanted);

 private:
  mq::Publisher& publisher_;
  service::Counter asked_, untold_;
};

}  // namespace monitron::notifier
