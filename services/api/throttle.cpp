#include "api/throttle.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr std::chrono::minutes kForget{15};

std::string pair_key(const std::string& account, const std::string& network) {
  return "p:" + network + " " + account;
}

}  // namespace

std::chrono::seconds Throttle::left(const std::string& key) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::chrono::seconds(0);
  const auto rest = found->second->blocked_until - clock_.steady_now();
  return std::max(std::chrono::seconds(0), std::chrono::ceil<std::chrono::seconds>(rest));
}

std::chrono::seconds Throttle::wait_of(const std::string& account, const std::string& address) {
  const auto network = network_of(address);
  const std::lock_guard lock(mutex_);
  return std::max({left(pair_key(account, network)), left("n:" + network), left("a:" + account)});
}

void Throttle::count(const std::string& key, int free, std::chrono::seconds longest) {
  const auto now = clock_.steady_now();
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    failures_.splice(failures_.begin(), failures_, known->second);
  } else {
    if (failures_.size() >= limits_.keys) {
      by_key_.erase(failures_.back().key);
      failures_.pop_back();
    }
    failures_.push_front({.key = key});
    by_key_[key] = failures_.begin();
  }
  auto& failures = failures_.front();
  if (now - std::max(failures.last, failures.blocked_until) > kForget) failures.count = 0;
  failures.last = now;
  ++failures.count;
  if (failures.count < free) return;
  const auto pause = std::chrono::seconds(1LL << std::min(failures.count - free, 10));
  failures.blocked_until = now + std::min(pause, longest);
}

void Throttle::failed(const std::string& account, const std::string& address,
                      std::chrono::seconds longest) {
  const auto network = network_of(address);
  const std::lock_guard lock(mutex_);
  count(pair_key(account, network), limits_.account_and_network, limits_.longest);
  if (!network.empty()) count("n:" + network, limits_.network, limits_.longest);
  count("a:" + account, limits_.account, longest);
}

void Throttle::succeeded(const std::string& account, const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(pair_key(account, network_of(address)));
  if (found == by_key_.end()) return;
  failures_.erase(found->second);
  by_key_.erase(found);
}

Throttles::Throttles(const Clock& clock)
    : passwords(clock),
      codes(clock),
      letters(clock),
      registrations(clock, {.network = 10, .longest = std::chrono::minutes(15)}) {}

}  // namespace monitron::api
