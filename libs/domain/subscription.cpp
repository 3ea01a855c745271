#include "domain/subscription.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace monitron::domain {
namespace {

bool has_own_threshold(const std::vector<Subscription>& subscriptions, const Uuid& user,
                       const Uuid& rule) {
  return std::any_of(subscriptions.begin(), subscriptions.end(), [&](const auto& one) {
    return one.user_id == user && one.threshold && one.rule_id == rule;
  });
}

bool matches(const Subscription& one, const TellableAlert& alert) {
  if (alert.drill) return one.drills;
  if (one.rule_id && *one.rule_id != alert.rule_id) return false;
  if (rank_of_severity(alert.severity) < rank_of_severity(one.min_severity)) return false;
  return selects(one.selector, alert.labels);
}

void join(Telling& telling, const Subscription& one) {
  telling.send_resolved = telling.send_resolved || one.send_resolved;
  const bool never = telling.digest_above == 0 || one.digest_above == 0;
  telling.digest_above = never ? 0 : std::max(telling.digest_above, one.digest_above);
  if (one.remind.count() == 0) return;
  telling.remind = telling.remind.count() == 0 ? one.remind : std::min(telling.remind, one.remind);
}

}  // namespace

int rank_of_severity(std::string_view severity) {
  if (severity == "critical") return 2;
  return severity == "warning" ? 1 : 0;
}

std::vector<Telling> tellings(const std::vector<Subscription>& subscriptions,
                              const TellableAlert& alert) {
  std::map<Uuid, Telling> by_channel;
  for (const auto& one : subscriptions) {
    if (alert.audience && *alert.audience != one.user_id) continue;
    if (!alert.audience && has_own_threshold(subscriptions, one.user_id, alert.rule_id)) continue;
    if (!matches(one, alert)) continue;
    const auto [place, is_new] = by_channel.try_emplace(
        one.channel_id, Telling{one.channel_id, one.send_resolved, one.digest_above, one.remind});
    if (!is_new) join(place->second, one);
  }
  std::vector<Telling> all;
  all.reserve(by_channel.size());
  for (const auto& [channel, telling] : by_channel) all.push_back(telling);
  return all;
}

bool goes_into_digest(int digest_above, int sent) {
  return digest_above > 0 && sent >= digest_above;
}

std::chrono::seconds pause_after(int attempts) {
  constexpr std::array<int, 4> seconds{5, 30, 120, 600};
  const auto step =
      std::clamp<std::size_t>(static_cast<std::size_t>(std::max(attempts, 1)), 1, seconds.size());
  return std::chrono::seconds(seconds[step - 1]);
}

}  // namespace monitron::domain
