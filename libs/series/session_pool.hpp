#pragma once
// A few sessions that several threads share. Private to this room. Threads: any.

#include "promql/source.hpp"
#include "series/session.hpp"

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
  // It is waited for, and works, as long as the budget's query is wanted and has time. Faults:
  // unavailable, when none is free in time or the database is away or slow; the budget's, when it
  // is cancelled or its time is over; bug for the rest, be it `work`'s own.
  Result<void> with(const promql::Budget& budget,
                    const std::function<Result<void>(Session&)>& work);

 private:
  Result<void> acquire(const promql::Budget& budget);
  Result<void> attempt(const promql::Budget& budget,
                       const std::function<Result<void>(Session&)>& work, bool& again);

  std::string url_;
  std::string application_name_;
  std::mutex mutex_;
  std::condition_variable released_;
  int free_;  // sessions that may be opened or taken from idle_
  std::vector<Session> idle_;
};

}  // namespace monitron::series
