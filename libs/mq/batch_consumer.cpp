#include "base/log.hpp"
#include "mq/consumer.hpp"
#include "mq/consumer_loop.hpp"

#include <algorithm>

namespace monitron::mq {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct BatchConsumer::State : ConsumerLoop {
  const BatchConfig batch;
  Handler handler;
  std::vector<Delivery> gathered;
  std::size_t gathered_bytes = 0;
  SteadyClock::time_point first_at;    // when the oldest gathered one came
  SteadyClock::time_point not_before;  // after trouble of our own
  Backoff backoff;

  State(ConsumerConfig config, BatchConfig b, Handler h)
      : ConsumerLoop(std::move(config)), batch(b), handler(std::move(h)) {
    start();
  }
  ~State() override { stop(); }

  void take(Delivery delivery) override {
    if (gathered.empty()) first_at = SteadyClock::now();
    gathered_bytes += delivery.message.body.size();
    gathered.push_back(std::move(delivery));
    if (full()) work();
  }

  void forget() override {
    gathered.clear();
    gathered_bytes = 0;
  }

  bool full() const {
    return gathered.size() >= batch.max_messages || gathered_bytes >= batch.max_bytes;
  }

  milliseconds work() override {
    if (gathered.empty()) return kTick;
    const auto now = SteadyClock::now();
    const auto due = std::max(full() ? now : first_at + batch.linger, not_before);
    if (due > now) return std::min(kTick, std::chrono::ceil<milliseconds>(due - now));
    handle();
    return gathered.empty() ? kTick : milliseconds(1);
  }

  // As many as one call may have.
  std::size_t next_size() const {
    std::size_t count = 0, bytes = 0;
    while (count < gathered.size() && count < batch.max_messages) {
      bytes += gathered[count].message.body.size();
      if (count > 0 && bytes > batch.max_bytes) break;
      ++count;
    }
    return count;
  }

  void handle() {
    const std::span<const Delivery> messages(gathered.data(), next_size());
    const auto done = handler(messages);
    if (!done && is_transient(done.error().fault)) {
      // Kept and tried again: giving them back would count as a delivery, and at the delivery
      // limit trouble of our own would make dead letters of them.
      log::warning("batch.waiting", done.error().text, {{"queue", config().queue}});
      not_before = SteadyClock::now() + backoff.next();
      return;
    }
    backoff.reset();
    if (done) {
      ack_up_to(messages.back().tag);
    } else {
      find_culprits(messages);
    }
    for (const auto& message : messages) gathered_bytes -= message.message.body.size();
    gathered.erase(gathered.begin(), gathered.begin() + static_cast<long>(messages.size()));
    first_at = SteadyClock::now();
  }

  // One by one, so that only those are set aside that are to blame.
  void find_culprits(std::span<const Delivery> messages) {
    for (const auto& message : messages) settle(message, handler(std::span(&message, 1)));
  }
};

BatchConsumer::BatchConsumer(ConsumerConfig config, BatchConfig batch, Handler handler)
    : state_(std::make_unique<State>(std::move(config), batch, std::move(handler))) {}

BatchConsumer::~BatchConsumer() = default;

bool BatchConsumer::connected() const { return state_->connected(); }

}  // namespace monitron::mq
