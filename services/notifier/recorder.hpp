#pragma once
// Publishes what rules record. What the broker does not confirm is sent again, every second or so,
// with the same identity, so that it is stored once; what was not confirmed when the program ends
// is lost. Threads: any.

#include "contracts/telemetry.hpp"
#include "mq/publisher.hpp"
#include "service/metrics.hpp"

#include <memory>

namespace monitron::notifier {

class Recorder {
 public:
  // The publisher outlives it.
  Recorder(mq::Publisher& publisher, service::Metrics& metrics);

  void send(contracts::Batch batch);
  void send_again();  // what was not confirmed

 private:
  struct Unsent;  // outlives this: completions come later

  mq::Publisher& publisher_;
  const std::shared_ptr<Unsent> unsent_;
};

}  // namespace monitron::notifier
