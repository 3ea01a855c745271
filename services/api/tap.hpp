#pragma once
// A queue of this replica alone, gone with its connection, which drops its oldest message when
// nobody keeps up. What was dropped is noticed: it goes to a queue beside it, of one message.

#include "mq/consumer.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace monitron::api {

class Tap {
 public:
  struct Config {
    mq::Endpoint endpoint{};
    std::string name{};
    std::vector<std::pair<std::string_view, std::string>> bindings{};  // exchange, routing key
    // So many are under way to `take`; 0: as many as the connection holds.
    int prefetch = 0;
    std::int64_t most = 10'000;  // messages that wait
    // From the notice of a loss until it is told: what had been sent before is taken by then. More
    // that is lost meanwhile is told with it.
    std::chrono::milliseconds settling{1000};
  };

  // `take` is called on a thread of the tap's own.
  Tap(Config config, std::function<void(const contracts::Message&)> take);
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  // Another number than before: messages may have been lost in between, because they were dropped
  // or because it was cut off. 0 before it is there. Threads: any.
  std::uint64_t breaks() const;

 private:
  Result<void> lost();

  const std::chrono::milliseconds settling_;
  std::atomic<std::uint64_t> losses_ = 0;
  std::mutex mutex_;  // guards the next
  bool stopping_ = false;
  std::condition_variable stop_;
  std::unique_ptr<mq::Consumer> lost_;
  std::unique_ptr<mq::Consumer> taken_;
};

}  // namespace monitron::api
