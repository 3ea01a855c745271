#pragma once
// A few sessions that several threads share. Private to this room. Threads: any.

#include "series/session.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace monitron::series {

class SessionPool {
 public:
  SessionPool(std::string url, std::string application_name, int size)
      : url_(std::move(url)), application_name_(std::move(application_name)), free_(size) {}

  // Runs `work` with a session of its own. What fails for the session's sake (it was lost while
  // nobody used it) or for that of others (deadlock) is tried again, so `work` must be repeatable.
  // Fault: unavailable, when none is free in time.
  Result<void> with(std::chrono::milliseconds wait,
                    const std::function<Result<void>(Session&)>& work);

 private:
  Result<void> acquire(std::chrono::milliseconds wait);
  Result<void> attempt(const std::function<Result<void>(Session&)>& work, bool& again);

  std::string url_;
  std::string application_name_;
  std::mutex mutex_;
  std::condition_variable released_;
  int free_;  // sessions that may be opened or taken from idle_
  std::vector<Session> idle_;
};

}  // namespace monitron::series
