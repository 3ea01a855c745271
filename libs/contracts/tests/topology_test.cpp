#include "contracts/topology.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace monitron::contracts {

// M-068: a delivery limit without a dead-letter exchange would lose messages. M-015.
TEST(Topology, EveryWorkQueueLastsAndKeepsWhatItCanNotDeliver) {
  for (const auto& queue : durable_topology().queues) {
    EXPECT_TRUE(queue.quorum && !queue.exclusive) << queue.name;
    if (queue.name == "dead.all" || queue.name.starts_with("retry.")) continue;
    EXPECT_TRUE(queue.delivery_limit) << queue.name;
    EXPECT_EQ(queue.dead_letter_exchange, kDeadExchange) << queue.name;
  }
}

TEST(Topology, EveryBindingJoinsWhatIsDeclared) {
  const auto topology = durable_topology({"default", "berlin"});
  for (const auto& binding : topology.bindings) {
    EXPECT_TRUE(std::any_of(topology.queues.begin(), topology.queues.end(),
                            [&](const QueueSpec& queue) { return queue.name == binding.queue; }))
        << binding.queue;
    EXPECT_TRUE(std::any_of(
        topology.exchanges.begin(), topology.exchanges.end(),
        [&](const ExchangeSpec& exchange) { return exchange.name == binding.exchange; }))
        << binding.exchange;
  }
}

TEST(Topology, ARetryStepGivesTheJobBackToItsQueue) {
  const auto topology = durable_topology();
  int steps = 0;
  for (const auto& queue : topology.queues) {
    if (!queue.name.starts_with("retry.jobs.report.")) continue;
    ++steps;
    EXPECT_TRUE(queue.message_ttl);
    EXPECT_EQ(queue.dead_letter_routing_key, "jobs.report");
    EXPECT_EQ(queue.dead_letter_exchange, "");
  }
  EXPECT_EQ(steps, static_cast<int>(retry_steps().size()));
}

}  // namespace monitron::contracts
