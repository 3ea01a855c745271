#include "notifier/rechecks.hpp"

#include <algorithm>

namespace monitron::notifier {

std::vector<Uuid> Rechecks::take(const std::vector<Uuid>& awaited, Instant now) {
  std::unordered_set<Uuid> still;
  std::vector<Uuid> taken;
  for (const auto& check : awaited) {
    if (!still.insert(check).second || taken.size() >= kMost) continue;
    if (ask(check, now)) taken.push_back(check);
    wanted_.erase(check);
  }
  for (auto check = wanted_.begin(); check != wanted_.end() && taken.size() < kMost;) {
    if (ask(*check, now)) taken.push_back(*check);
    check = wanted_.erase(check);
  }
  // A clock that was set back makes nobody wait.
  std::erase_if(asked_, [&](const auto& one) {
    const auto& asked = one.second;
    return now < asked.at || (!still.contains(one.first) && now >= asked.at + kPause);
  });
  return taken;
}

bool Rechecks::ask(const Uuid& check, Instant now) {
  const auto [known, is_new] = asked_.try_emplace(check, Asked{now});
  auto& asked = known->second;
  if (is_new) return true;
  if (now >= asked.at && now < asked.at + asked.pause) return false;
  asked.at = now;
  asked.pause = std::min(2 * asked.pause, kLongestPause);
  return true;
}

}  // namespace monitron::notifier
