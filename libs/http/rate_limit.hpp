#pragma once
// How often each caller may ask: a bucket for each (GCRA), so many requests a minute, all of them
// at once if need be. Memory is bounded: of very many callers those who have not asked of late are
// forgotten. Threads: any.

#include "base/clock.hpp"

#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace monitron::http {

class RateLimit {
 public:
  static constexpr std::size_t kMostCallers = 50'000;

  RateLimit(const Clock& clock, int per_minute);

  struct Verdict {
    bool allowed = true;
    int left = 0;                  // requests that may follow at once
    std::chrono::seconds wait{};   // until one is allowed again
    std::chrono::seconds reset{};  // until all of them are
  };
  Verdict take(const std::string& caller);
  // RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10); when it is not
  // allowed, Retry-After.
  std::vector<std::pair<std::string, std::string>> headers_of(const Verdict& verdict) const;

 private:
  void make_room(SteadyInstant now);

  const Clock& clock_;
  const int per_minute_;
  const SteadyInstant::duration step_;                      // what a request takes of the minute
  std::mutex mutex_;                                        // guards what follows
  std::unordered_map<std::string, SteadyInstant> full_at_;  // when a caller's bucket is full again
};

}  // namespace monitron::http
