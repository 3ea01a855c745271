#pragma once
// What is in flight: a request counts from its arrival until its answer is given to the server.
// Private to this room. Threads: any.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace monitron::http {

class InFlight {
 public:
  void enter() {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  void leave(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ -= bytes;
    if (--count_ == 0) empty_.notify_all();
  }
  // False: so much is here already that `bytes` have no room. A body alone always has.
  bool make_room(std::size_t bytes, std::size_t most) {
    const std::lock_guard lock(mutex_);
    if (bytes_ > 0 && bytes_ + bytes > most) return false;
    bytes_ += bytes;
    return true;
  }
  bool wait_empty(std::chrono::milliseconds grace) {
    std::unique_lock lock(mutex_);
    return empty_.wait_for(lock, grace, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  int count_ = 0;
  std::size_t bytes_ = 0;  // of their bodies
};

}  // namespace monitron::http
