#include "notifier/active_silences.hpp"

#include "alertmanager/silences.hpp"
#include "base/log.hpp"
#include "notifier/peer_feed.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;

constexpr auto kAsked = 5s;

}  // namespace

std::string told_of(const alertmanager::Silence& silence) {
  return "silenced by " + silence.created_by + " until " + to_rfc3339(silence.ends_at) + ": " +
         silence.comment;
}

ActiveSilences::ActiveSilences(std::vector<alertmanager::Client> peers,
                               const std::string& database_url, service::Runtime& runtime)
    : peers_(std::move(peers)),
      clock_(runtime.clock()),
      changed_(database_url, "silences_changed",
               [this, &runtime] { (void)runtime.workers().run([this] { ask(); }); }) {
  if (peers_.empty()) return;
  ask();
  runtime.every(kAsked, [this] { ask(); });
}

void ActiveSilences::ask() {
  if (peers_.empty()) return;
  const auto all = alertmanager::Silences(peers_).list();
  if (!all) return;  // that they are away is said where they are fed
  std::vector<Active> active;
  for (const auto& silence : *all) {
    if (silence.state != "active") continue;
    Active one{{}, silence.ends_at, told_of(silence)};
    for (const auto& matcher : silence.matchers) {
      auto made = promql::Matcher::make(promql::match_kind(matcher.regex, matcher.equal),
                                        matcher.name, matcher.value);
      if (made) one.matchers.push_back(std::move(*made));
    }
    // What cannot be understood whole would silence more than it says.
    if (one.matchers.size() == silence.matchers.size()) active.push_back(std::move(one));
  }
  const std::lock_guard lock(mutex_);
  active_ = std::move(active);
}

std::optional<std::string> ActiveSilences::about(const contracts::AlertChanged& alert) const {
  const auto now = clock_.now();
  const auto labels = labels_told(alert);
  const auto matches = [&](const promql::Matcher& matcher) {
    const auto label = labels.find(matcher.name());
    return matcher.matches(label == labels.end() ? "" : label->second);
  };
  const std::lock_guard lock(mutex_);
  for (const auto& one : active_) {
    const bool all = std::all_of(one.matchers.begin(), one.matchers.end(), matches);
    if (all && one.ends_at > now) return one.why;
  }
  return std::nullopt;
}

}  // namespace monitron::notifier
