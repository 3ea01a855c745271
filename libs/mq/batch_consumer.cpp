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
    const auto ended = end_from_the_first(messages);
    for (const auto& message : messages.first(ended)) {
      gathered_bytes -= message.message.body.size();
    }
    gathered.erase(gathered.begin(), gathered.begin() + static_cast<long>(ended));
    first_at = SteadyClock::now();
  }

  // How many are acked or set aside. After trouble of our own the rest stays where it is, in order:
  // giving it back would count as a delivery, and at the delivery limit that trouble would make
  // dead letters; and an ack for all up to a later one would take it for done.
  std::size_t end_from_the_first(std::span<const Delivery> messages) {
    const auto done = handler(messages);
    if (!done && is_transient(done.error().fault)) return wait_after(0, done.error());
    backoff.reset();
    if (done) {
      ack_up_to(messages.back().tag);
      return messages.size();
    }
    // One by one, so that only those are set aside that are to blame.
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const auto alone = handler(messages.subspan(i, 1));
      if (!alone && is_transient(alone.error().fault)) return wait_after(i, alone.error());
      settle(messages[i], alone);
    }
    return messages.size();
  }

  std::size_t wait_after(std::size_t ended, const Error& trouble) {
    log::warning("batch.waiting", trouble.text, {{"queue", config().queue}});
    not_before = SteadyClock::now() + backoff.next();
    return ended;
  }
};

BatchConsumer::BatchConsumer(ConsumerConfig config, BatchConfig batch, Handler handler)
    : state_(std::make_unique<State>(std::move(config), batch, std::move(handler))) {}

BatchConsumer::~BatchConsumer() = default;

bool BatchConsumer::connected() const { return state_->connected(); }

}  // namespace monitron::mq
