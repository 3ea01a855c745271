#pragma once
// Consuming one queue. Owns one thread and one connection; reconnects with growing pauses and
// declares its topology again. The handler's answer decides: see verdict().

#include "base/result.hpp"
#include "contracts/contract.hpp"
#include "contracts/topology.hpp"
#include "mq/endpoint.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace monitron::mq {

enum class Verdict {
  ack,          // done
  retry,        // to the next retry step, or dead-letter after the last
  wait,         // to the first retry step, which does not count: nothing is wrong with the message
  dead_letter,  // never acceptable
};

// The one place that says what becomes of a message whose handler answered `fault`.
Verdict verdict(Fault fault);

struct Delivery {
  contracts::Message message;
  std::uint64_t tag = 0;
  bool redelivered = false;
  int delivery_count = 0;  // x-delivery-count of quorum queues
};

struct ConsumerConfig {
  Endpoint endpoint;
  contracts::Topology topology;
  std::string queue;
  std::string name;
  int prefetch = 16;
  bool no_ack = false;  // for taps (drop-head queues of live data)
  // How often a message is tried at most; 0: once per retry step and once more. Further tries
  // repeat the last pause.
  int max_attempts = 0;
  // Steps with a longer pause are left out: for work that waits for nothing but our own servers.
  std::chrono::milliseconds longest_pause = std::chrono::milliseconds::max();
};

// Calls `handler` for single messages on the consumer's thread; blocks the next one, so a handler
// should hand long work to Workers and use Acker. Result {} → ack; a fault → verdict(fault).
// Retries are published, confirmed, to mon.retry before the original is acked.
class Consumer {
 public:
  using Handler = std::function<Result<void>(const Delivery&)>;
  Consumer(ConsumerConfig config, Handler handler);
  // Stops consuming, lets the running handler end, leaves the rest unacked (they are redelivered).
  ~Consumer();
  bool connected() const;
  // How often it has been connected: of a queue of one's own, what came in between is lost.
  std::uint64_t connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Gathers up to `max_messages` or `max_bytes` or `linger`, then calls `handler` once for all.
// The answer holds for the whole batch: {} acks all; after unavailable or timeout the same batch is
// handed over again after a growing pause (never dead-lettered for trouble of our own); after any
// other fault its messages are handed over one by one, and only those that fail alone are set
// aside.
struct BatchConfig {
  std::size_t max_messages = 128;
  std::size_t max_bytes = 4u << 20;
  std::chrono::milliseconds linger{20};
};
class BatchConsumer {
 public:
  using Handler = std::function<Result<void>(std::span<const Delivery>)>;
  BatchConsumer(ConsumerConfig config, BatchConfig batch, Handler handler);
  ~BatchConsumer();
  bool connected() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Hands deliveries over and takes the acks later, from any thread: for work that lasts (checks,
// reports, mail). Unfinished deliveries are at most `prefetch`. An answer that comes after a
// reconnect is dropped: the broker has redelivered the message by then.
class AsyncConsumer {
 public:
  using Finish = std::function<void(Result<void>)>;  // once, from any thread
  using Handler = std::function<void(Delivery, Finish)>;
  AsyncConsumer(ConsumerConfig config, Handler handler);
  ~AsyncConsumer();
  // Takes no more; true once nothing is unfinished, false when `grace` passed first.
  bool drain(std::chrono::milliseconds grace);
  bool connected() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::mq
