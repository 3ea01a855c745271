#pragma once
// Slows down guessing: after a few failures each further try of the same account from the same
// network has to wait, twice as long each time; a network that tries many accounts, and an account
// tried from many networks, are slowed down too. A network is an IPv4 address or the /64 of an IPv6
// address, which is what one customer has. Nobody is locked out for good: what was counted is
// forgotten a quarter of an hour after its last wait. Threads: any.

#include "base/clock.hpp"
#include "http/network.hpp"

#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

namespace monitron::api {

using http::network_of;

class Throttle {
 public:
  struct Limits {
    int account_and_network = 5;  // tries that need not wait
    int network = 30;
    int account = 50;
    std::chrono::seconds longest{300};  // wait of a network, and of an account from there
    std::size_t keys = 20'000;  // kept; when it is full those go of which nothing was heard longest
  };
  explicit Throttle(const Clock& clock) : clock_(clock) {}
  Throttle(const Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  // How long this try must wait; zero: go on. No address: only the account counts, as if it was
  // always tried from the same one.
  std::chrono::seconds wait_of(const std::string& account, const std::string& address);
  // `longest`: that an account waits which is tried from many networks. An account under attack
  // from everywhere stays usable for its owner; where only who knows the password comes, it may be
  // longer.
  void failed(const std::string& account, const std::string& address,
              std::chrono::seconds longest = std::chrono::seconds(5));
  void succeeded(const std::string& account, const std::string& address);

 private:
  struct Failures {
    std::string key;
    int count = 0;
    SteadyInstant last{};
    SteadyInstant blocked_until{};
  };
  void count(const std::string& key, int free, std::chrono::seconds longest);
  std::chrono::seconds left(const std::string& key) const;

  const Clock& clock_;
  const Limits limits_{};
  std::mutex mutex_;
  std::list<Failures> failures_;  // the latest first
  std::unordered_map<std::string, std::list<Failures>::iterator> by_key_;
};

// Each with a memory of its own: who floods one makes another forget nothing.
struct Throttles {
  explicit Throttles(const Clock& clock);

  Throttle passwords;
  Throttle codes;          // of the second factor; accounts by id
  Throttle letters;        // to somebody who may not have asked for them
  Throttle registrations;  // which tell whether an address has an account
};

}  // namespace monitron::api
