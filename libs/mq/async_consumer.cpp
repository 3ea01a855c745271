#include "mq/consumer.hpp"
#include "mq/consumer_loop.hpp"

#include <condition_variable>
#include <map>
#include <mutex>

namespace monitron::mq {
namespace {

struct Answer {
  std::uint64_t generation;  // of the connection that delivered it
  std::uint64_t tag;
  Result<void> result;
};

// Where answers wait for the consumer's thread; outlives the consumer while handlers hold it.
struct Answers {
  std::mutex mutex;
  std::vector<Answer> waiting;
  std::function<void()> wake;  // empty once the consumer is gone

  void add(Answer answer) {
    const std::lock_guard lock(mutex);
    if (!wake) return;
    waiting.push_back(std::move(answer));
    wake();
  }
  std::vector<Answer> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(waiting, {});
  }
};

}  // namespace

struct AsyncConsumer::State : ConsumerLoop {
  Handler handler;
  std::shared_ptr<Answers> answers = std::make_shared<Answers>();
  std::uint64_t generation = 0;
  std::map<std::uint64_t, Delivery> unfinished;  // by tag

  std::atomic<bool> draining{false};
  bool cancelled = false;
  std::mutex mutex;
  std::condition_variable emptied;
  std::size_t unfinished_count = 0;

  State(ConsumerConfig config, Handler h) : ConsumerLoop(std::move(config)), handler(std::move(h)) {
    answers->wake = [this] { signal(); };
    start();
  }
  ~State() override {
    stop();
    const std::lock_guard lock(answers->mutex);
    answers->wake = nullptr;
  }

  void take(Delivery delivery) override {
    {
      const std::lock_guard lock(mutex);
      if (draining) return;  // not acked: delivered again, to somebody else
      ++unfinished_count;    // before it begins: drain() must not overlook it
    }
    const auto tag = delivery.tag;
    unfinished.emplace(tag, delivery);
    handler(std::move(delivery),
            [answers = answers, generation = generation, tag](Result<void> result) {
              answers->add({generation, tag, std::move(result)});
            });
  }

  std::chrono::milliseconds work() override {
    if (draining && !cancelled) {
      cancelled = true;
      cancel();
    }
    settle_answered();
    return kTick;
  }

  // So that what is finished is not delivered again.
  void leave() override { settle_answered(); }

  void settle_answered() {
    for (auto& answer : answers->take()) {
      const auto delivery = unfinished.find(answer.tag);
      if (answer.generation != generation || delivery == unfinished.end()) continue;
      settle(delivery->second, answer.result);
      unfinished.erase(delivery);
    }
    count();
  }

  void forget() override {
    ++generation;
    cancelled = false;
    unfinished.clear();
    count();
  }

  void count() {
    {
      const std::lock_guard lock(mutex);
      unfinished_count = unfinished.size();
    }
    emptied.notify_all();
  }

  bool drain(std::chrono::milliseconds grace) {
    std::unique_lock lock(mutex);
    draining = true;
    signal();
    return emptied.wait_for(lock, grace, [&] { return unfinished_count == 0; });
  }
};

AsyncConsumer::AsyncConsumer(ConsumerConfig config, Handler handler)
    : state_(std::make_unique<State>(std::move(config), std::move(handler))) {}

AsyncConsumer::~AsyncConsumer() = default;

bool AsyncConsumer::drain(std::chrono::milliseconds grace) { return state_->drain(grace); }

bool AsyncConsumer::connected() const { return state_->connected(); }

}  // namespace monitron::mq
