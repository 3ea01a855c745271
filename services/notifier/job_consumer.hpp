#pragma once
// How this program takes messages from a durable queue.

#include "contracts/topology.hpp"
#include "mq/consumer.hpp"

namespace monitron::notifier {

inline mq::ConsumerConfig job_consumer(const mq::Endpoint& broker, const std::string& queue,
                                       int max_attempts = 0) {
  mq::ConsumerConfig consumer;
  consumer.endpoint = broker;
  consumer.topology = contracts::durable_topology();
  consumer.queue = queue;
  consumer.name = "notifier " + queue;
  consumer.prefetch = 4;
  consumer.max_attempts = max_attempts;
  return consumer;
}

}  // namespace monitron::notifier
