#pragma once
// Slows down guessing of passwords: after a few failures each further try of the same account from
// the same address has to wait, twice as long each time, up to five minutes; an address that tries
// many accounts, and an account tried from many addresses, are slowed down too. Nobody is locked
// out for good. Threads: any.

#include "base/clock.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

namespace monitron::api {

class Throttle {
 public:
  explicit Throttle(const Clock& clock) : clock_(clock) {}

  // How long this try must wait; zero: go on.
  std::chrono::seconds wait_of(const std::string& account, const std::string& address);
  // `longest`: that an account waits which is tried from many addresses. An account under attack
  // from everywhere stays usable for its owner; where only who knows the password comes, it may be
  // longer.
  void failed(const std::string& account, const std::string& address,
              std::chrono::seconds longest = std::chrono::seconds(5));
  void succeeded(const std::string& account, const std::string& address);

 private:
  struct Failures {
    int count = 0;
    SteadyInstant last{};
    SteadyInstant blocked_until{};
  };
  void count(const std::string& key, int free, std::chrono::seconds longest);
  std::chrono::seconds left(const std::string& key) const;

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Failures> failures_;
};

}  // namespace monitron::api
