#pragma once
// Who waits for a place at a host: of each kind of check at most so many run against one host at
// once as the kind allows. Threads: one.

#include "domain/check.hpp"

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace monitron::checker {

// The host that a check speaks to; empty for kinds that name none.
std::string host_of(const domain::CheckDefinition& check);

template <class T>
class HostQueues {
 public:
  // A place was free and is taken: the job comes back. Else it waits.
  std::optional<T> enter(const std::string& key, int places, T job, bool first = false) {
    Host& host = hosts_[key];
    if (host.running < places) {
      ++host.running;
      return job;
    }
    if (first) {
      host.waiting.push_front(std::move(job));
    } else {
      host.waiting.push_back(std::move(job));
    }
    ++waiting_;
    return std::nullopt;
  }

  // Gives a place back; who waited longest has it now.
  std::optional<T> leave(const std::string& key) {
    const auto found = hosts_.find(key);
    Host& host = found->second;
    if (!host.waiting.empty()) {
      std::optional<T> next(std::move(host.waiting.front()));
      host.waiting.pop_front();
      --waiting_;
      return next;
    }
    if (--host.running == 0) hosts_.erase(found);
    return std::nullopt;
  }

  std::size_t waiting() const { return waiting_; }

 private:
  struct Host {
    int running = 0;
    std::deque<T> waiting;
  };
  std::unordered_map<std::string, Host> hosts_;
  std::size_t waiting_ = 0;
};

}  // namespace monitron::checker
