#pragma once
// What all consumers share: one thread, one connection, reconnecting, and what becomes of a
// message. Private to this room. A kind of consumer says what it does with deliveries.

#include "mq/connection.hpp"
#include "mq/publisher.hpp"
#include "mq/wake.hpp"

#include <atomic>
#include <deque>
#include <optional>
#include <thread>

namespace monitron::mq {

class ConsumerLoop {
 public:
  explicit ConsumerLoop(ConsumerConfig config);
  virtual ~ConsumerLoop() = default;

  bool connected() const { return connected_; }
  std::uint64_t connections() const { return connections_; }

 protected:
  static constexpr std::chrono::milliseconds kTick{500};

  void start();
  void stop();  // joins the thread; each kind calls it before its members go

  // All below: on the loop's thread.
  virtual void take(Delivery delivery) = 0;
  // Done after what has arrived was taken; says how long the loop may sleep at most.
  virtual std::chrono::milliseconds work() { return kTick; }
  // Told to stop; the connection is still there.
  virtual void leave() {}
  // The connection is gone and with it every delivery that was not acked.
  virtual void forget() {}

  // Ends a delivery by its result: ack, a later try, or a dead letter.
  void settle(const Delivery& delivery, const Result<void>& result);
  void ack_up_to(std::uint64_t tag);
  void cancel();
  void signal() { wake_.signal(); }
  bool stopping() const { return stopping_; }
  const ConsumerConfig& config() const { return config_; }

 private:
  struct Requeue {
    std::chrono::steady_clock::time_point when;
    std::uint64_t tag;
  };

  void run();
  Result<void> open();
  Result<void> serve();
  Result<void> take_arrived();
  std::chrono::milliseconds requeue_due();
  void try_again(const Delivery& delivery);
  // To be delivered again after that pause.
  void come_back(const Delivery& delivery, const contracts::RetryStep& step, int attempt);
  bool publish_retry(contracts::Message message);
  void note(const Result<void>& done);

  const ConsumerConfig config_;
  bool has_retry_steps_;
  Wake wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> connected_{false};
  std::atomic<std::uint64_t> connections_{0};
  std::unique_ptr<Connection> connection_;
  std::optional<Error> broken_;
  std::deque<Requeue> requeues_;
  std::optional<Publisher> retries_;  // made at the first one
  std::thread thread_;
};

}  // namespace monitron::mq
