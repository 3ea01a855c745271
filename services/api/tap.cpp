#include "api/tap.hpp"

#include "base/ids.hpp"

namespace monitron::api {
namespace {

mq::ConsumerConfig consumer_of(const Tap::Config& config, const std::string& queue,
                               const std::vector<contracts::BindingSpec>& bindings) {
  mq::ConsumerConfig consumer;
  consumer.endpoint = config.endpoint;
  consumer.queue = queue;
  consumer.topology = contracts::tap_topology(queue, bindings);
  return consumer;
}

}  // namespace

Tap::Tap(Config config, std::function<void(const contracts::Message&)> take)
    : settling_(config.settling) {
  const auto queue = "live." + Uuid::make().str();
  const auto lost_queue = queue + ".lost";
  // It is there before anything can be dropped.
  auto lost = consumer_of(config, lost_queue, {});
  lost.name = config.name + " losses";
  lost.prefetch = 1;
  lost.topology.queues.front().max_length = 1;
  lost_ = std::make_unique<mq::Consumer>(lost, [this](const auto&) { return this->lost(); });

  std::vector<contracts::BindingSpec> bindings;
  for (const auto& [exchange, key] : config.bindings) {
    bindings.push_back({queue, std::string(exchange), key});
  }
  auto taken = consumer_of(config, queue, bindings);
  taken.name = config.name;
  taken.no_ack = config.prefetch == 0;
  if (!taken.no_ack) taken.prefetch = config.prefetch;
  taken.topology.queues.front().max_length = config.most;
  taken.topology.queues.front().dead_letter_routing_key = lost_queue;  // by the default exchange
  taken_ = std::make_unique<mq::Consumer>(taken, [take = std::move(take)](const auto& delivery) {
    take(delivery.message);
    return Result<void>();
  });
}

Tap::~Tap() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
}

// The next one comes when this one is answered: so many losses are few messages.
Result<void> Tap::lost() {
  std::unique_lock lock(mutex_);
  stop_.wait_for(lock, settling_, [this] { return stopping_; });
  ++losses_;
  return {};
}

std::uint64_t Tap::breaks() const {
  const auto taken = taken_->connections();
  const auto lost = lost_->connections();
  return taken == 0 || lost == 0 ? 0 : taken + lost + losses_;
}

}  // namespace monitron::api
