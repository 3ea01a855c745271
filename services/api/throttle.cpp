#include "api/throttle.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr std::chrono::minutes kForget{15};
constexpr std::size_t kMaxKeys = 20'000;
constexpr int kFreePair = 5;
constexpr int kFreeAddress = 30;
constexpr int kFreeAccount = 50;
constexpr std::chrono::seconds kLongest{300};

std::string pair_key(const std::string& account, const std::string& address) {
  return "p:" + address + " " + account;
}

}  // namespace

std::chrono::seconds Throttle::left(const std::string& key) const {
  const auto found = failures_.find(key);
  if (found == failures_.end()) return std::chrono::seconds(0);
  const auto rest = found->second.blocked_until - clock_.steady_now();
  return std::max(std::chrono::seconds(0), std::chrono::ceil<std::chrono::seconds>(rest));
}

std::chrono::seconds Throttle::wait_of(const std::string& account, const std::string& address) {
  const std::lock_guard lock(mutex_);
  return std::max({left(pair_key(account, address)), left("i:" + address), left("a:" + account)});
}

void Throttle::count(const std::string& key, int free, std::chrono::seconds longest) {
  const auto now = clock_.steady_now();
  if (failures_.size() >= kMaxKeys) {
    std::erase_if(failures_, [&](const auto& entry) { return now - entry.second.last > kForget; });
    if (failures_.size() >= kMaxKeys) failures_.clear();
  }
  auto& failures = failures_[key];
  if (failures.count > 0 && now - failures.last > kForget) failures = {};
  failures.last = now;
  ++failures.count;
  if (failures.count < free) return;
  const auto pause = std::chrono::seconds(1LL << std::min(failures.count - free, 10));
  failures.blocked_until = now + std::min(pause, longest);
}

void Throttle::failed(const std::string& account, const std::string& address,
                      std::chrono::seconds longest) {
  const std::lock_guard lock(mutex_);
  count(pair_key(account, address), kFreePair, kLongest);
  count("i:" + address, kFreeAddress, kLongest);
  count("a:" + account, kFreeAccount, longest);
}

void Throttle::succeeded(const std::string& account, const std::string& address) {
  const std::lock_guard lock(mutex_);
  failures_.erase(pair_key(account, address));
}

}  // namespace monitron::api
