#pragma once
// Publishing with confirms. Owns one thread and one connection (two threads on one connection make
// the broker close it). Messages are persistent and mandatory: one that no queue takes is a
// failure, not a silent success; on mon.events nobody needs to listen. While the broker is away
// messages wait in the bounded queue and are sent, in order, after reconnecting; each message has a
// deadline.

#include "base/result.hpp"
#include "contracts/contract.hpp"
#include "contracts/topology.hpp"
#include "mq/endpoint.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace monitron::mq {

struct PublisherConfig {
  Endpoint endpoint;
  contracts::Topology topology;         // declared after each connect
  std::string name;                     // seen in the broker's list of connections
  std::size_t queue_limit = 4096;       // messages not yet confirmed
  std::size_t queue_bytes = 64u << 20;  // and their bodies
  std::size_t window = 64;              // sent and not yet confirmed
  std::chrono::milliseconds deadline{2000};
};

struct PublisherStats {
  std::uint64_t confirmed = 0;
  std::uint64_t failed = 0;
  std::uint64_t reconnects = 0;
  std::size_t waiting = 0;
  bool blocked = false;  // the broker has said connection.blocked
};

// The message's own trouble (no queue takes it, one is full, AMQP cannot carry it): others can
// still be sent.
bool is_own_trouble(const Error& error);

class Publisher {
 public:
  // Called exactly once per taken message, on the publisher's thread: {} after the broker's
  // confirm; unavailable for nack, unroutable, blocked or no broker; timeout when the deadline
  // passed (the message may still arrive: receivers expect duplicates); invalid for what AMQP
  // cannot carry.
  using Completion = std::function<void(Result<void>)>;

  explicit Publisher(PublisherConfig config);
  // Waits for what is in flight, at most until its deadline; then completes the rest as
  // unavailable. A broker that hangs while it is being connected to holds this up some seconds.
  ~Publisher();

  // False when the queue is full; then nothing was taken. Threads: any; never blocks.
  [[nodiscard]] bool publish(contracts::Message message, Completion done);

  // Publishes and waits for the confirm. Threads: workers only.
  Result<void> publish_and_wait(contracts::Message message);
  // All of them, in this order, and waits once: what became of each. Threads: workers only.
  std::vector<Result<void>> publish_and_wait(std::vector<contracts::Message> messages);

  bool connected() const;        // Threads: any
  PublisherStats stats() const;  // Threads: any

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::mq
