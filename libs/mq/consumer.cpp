#include "mq/consumer.hpp"

#include "mq/consumer_loop.hpp"

namespace monitron::mq {

struct Consumer::State : ConsumerLoop {
  Handler handler;

  State(ConsumerConfig config, Handler h) : ConsumerLoop(std::move(config)), handler(std::move(h)) {
    start();
  }
  ~State() override { stop(); }
  void take(Delivery delivery) override { settle(delivery, handler(delivery)); }
};

Consumer::Consumer(ConsumerConfig config, Handler handler)
    : state_(std::make_unique<State>(std::move(config), std::move(handler))) {}

Consumer::~Consumer() = default;

bool Consumer::connected() const { return state_->connected(); }
std::uint64_t Consumer::connections() const { return state_->connections(); }

}  // namespace monitron::mq
