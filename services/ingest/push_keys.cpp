#include "ingest/push_keys.hpp"

#include "base/bytes.hpp"

#include <chrono>
#include <cstring>
#include <utility>

namespace monitron::ingest {

namespace {

// A key lives for at most two of these, which is less than it lives in the ledger.
constexpr std::chrono::hours kGeneration{12};

}  // namespace

bool PushKeys::belongs(const Key& key, std::string_view parameters, std::string_view body) {
  auto full = sha256(body);
  if (!parameters.empty()) full = sha256(full.append(parameters));
  BodyHash hash{};
  std::memcpy(hash.data(), full.data(), hash.size());
  const std::lock_guard lock(mutex_);
  turn();
  for (const auto* generation : {&younger_, &older_}) {
    if (const auto known = generation->find(key); known != generation->end()) {
      return known->second == hash;
    }
  }
  younger_.emplace(key, hash);
  return true;
}

std::size_t PushKeys::size() const {
  const std::lock_guard lock(mutex_);
  return younger_.size() + older_.size();
}

void PushKeys::turn() {
  const auto now = clock_.steady_now();
  if (now - began_ < kGeneration && younger_.size() < per_generation_) return;
  // After a day without a turn the younger one is too old as well.
  older_ = now - began_ < 2 * kGeneration ? std::exchange(younger_, {}) : Generation{};
  younger_.clear();
  began_ = now;
}

}  // namespace monitron::ingest
