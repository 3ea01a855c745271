#pragma once
// What tests send to and fro.

#include "base/ids.hpp"
#include "mq/consumer.hpp"

#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace monitron::mq {

inline contracts::QueueSpec quorum(const std::string& name) {
  contracts::QueueSpec queue;
  queue.name = name;
  queue.delivery_limit = 20;
  return queue;
}

// Names of a test's own, so that tests do not meet on the shared broker.
struct Names {
  std::string unique = Uuid::make().str();
  std::string exchange = "x." + unique;
  std::string queue = "q." + unique;

  contracts::Topology topology(contracts::QueueSpec spec) const {
    return {{{exchange, "topic"}}, {std::move(spec)}, {{queue, exchange, "key"}}};
  }
  contracts::Topology topology() const { return topology(quorum(queue)); }
};

inline contracts::Message message(const Names& names, const std::string& body) {
  contracts::Message message;
  message.exchange = names.exchange;
  message.routing_key = "key";
  message.type = "test.message";
  message.message_id = "id." + body.substr(0, body.find(' '));
  message.content_type = "application/json";
  message.body = body;
  return message;
}

class Seen {
 public:
  void add(const Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    all_.push_back(delivery);
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }
  std::set<std::string> bodies() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> bodies;
    for (const auto& delivery : all_) bodies.insert(delivery.message.body);
    return bodies;
  }
  Delivery at(std::size_t index) const {
    const std::lock_guard lock(mutex_);
    return all_.at(index);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Delivery> all_;
};

}  // namespace monitron::mq
