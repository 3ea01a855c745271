#pragma once
// The worker's side of the broker: takes slices and tests of its location, acknowledges them when
// their results are confirmed, and stops in order. Threads: any.

#include "checker/worker.hpp"
#include "mq/consumer.hpp"
#include "mq/publisher.hpp"
#include "service/metrics.hpp"

#include <map>
#include <memory>

namespace monitron::checker {

class WorkQueue {
 public:
  struct Config {
    mq::ConsumerConfig consumer;
    WorkerConfig worker;
    std::string instance;
  };
  WorkQueue(Config config, const probe::EngineSettings& probes, mq::Publisher& broker,
            service::Metrics& metrics);

  // Starts nothing more, waits until what runs has ended and is confirmed. What is left goes back
  // to the broker, which gives it to another worker. False when `grace` ran out.
  bool stop(std::chrono::milliseconds grace);
  bool connected() const { return consumer_->connected(); }

 private:
  WorkerEvents events(service::Metrics& metrics, const WorkerConfig& config);
  void take(const mq::Delivery& delivery, const mq::AsyncConsumer::Finish& finish);

  service::Gauge in_flight_;
  service::Gauge own_network_;
  ResultSender sender_;
  Worker worker_;
  std::unique_ptr<mq::AsyncConsumer> consumer_;
};

}  // namespace monitron::checker
