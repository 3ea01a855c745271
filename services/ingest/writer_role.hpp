#pragma once
// The writer: takes what the door and the checkers have sent from the store queues and stores it;
// acknowledged after the commit. One consumer and one database connection per partition.

#include "contracts/contract.hpp"
#include "ingest/lanes.hpp"
#include "mq/consumer.hpp"
#include "series/writer.hpp"
#include "service/metrics.hpp"

#include <span>

namespace monitron::ingest {

// Stores one batch of messages. The answer decides about acks: see mq::BatchConsumer.
class Storing {
 public:
  Storing(const series::WriterConfig& config, service::Metrics& metrics);
  Result<void> operator()(std::span<const mq::Delivery> deliveries);

 private:
  Result<void> store_parts(const contracts::Message& message, series::Written& written);
  void measure(const series::Written& written);

  Lanes lanes_;
  service::Metrics& metrics_;
  service::Counter batches_, samples_, results_, refuted_, duplicates_, quarantined_, refused_;
  service::Histogram seconds_, delay_;
};

class WriterRole {
 public:
  WriterRole(const mq::Endpoint& broker, const series::WriterConfig& config,
             service::Metrics& metrics);
  bool connected() const;

 private:
  std::vector<std::unique_ptr<Storing>> storing_;
  std::vector<std::unique_ptr<mq::BatchConsumer>> consumers_;
};

// How a store queue is consumed.
mq::ConsumerConfig store_consumer(const mq::Endpoint& broker, int partition);

}  // namespace monitron::ingest
