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

// Of messages about alerts. They wait for nothing but our own servers: so they are tried again soon
// however long these were away, for a day.
inline mq::ConsumerConfig alert_consumer(const mq::Endpoint& broker, const std::string& queue) {
  constexpr std::chrono::seconds kPause{30};
  auto consumer = job_consumer(broker, queue, std::chrono::hours(24) / kPause);
  consumer.longest_pause = kPause;
  return consumer;
}

}  // namespace monitron::notifier
