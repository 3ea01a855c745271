#include "notifier/drill_findings.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

using domain::DrillTelling;
using store::DeliveryChannel;
using store::DeliveryState;

const store::Delivery* find(const DrillFacts& facts, DeliveryChannel channel, int transition,
                            DeliveryState state, const std::string& target = {}) {
  for (const auto& one : facts.deliveries) {
    const bool fits = one.channel == channel && one.transition == transition && one.state == state;
    if (fits && (target.empty() || one.target == target)) return &one;
  }
  return nullptr;
}

const store::Delivery* told_receiver(const DrillFacts& facts) {
  return find(facts, DeliveryChannel::alertmanager_receiver, 1, DeliveryState::delivered);
}

// Whatever it was about: it may have been this.
void ask_sends(const DrillFacts& facts, DrillTelling& telling) {
  for (const int transition : {1, 2}) {
    const auto* unsent =
        find(facts, DeliveryChannel::alertmanager, transition, DeliveryState::failed);
    if (unsent != nullptr) telling.failure = "Alertmanager " + unsent->detail;
  }
}

std::string why_no_receiver(const DrillFacts& facts) {
  using enum DeliveryState;
  const auto* kept = find(facts, DeliveryChannel::alertmanager, 1, suppressed);
  if (kept != nullptr) return "Alertmanager keeps it to itself: " + kept->detail;
  if (find(facts, DeliveryChannel::alertmanager, 1, accepted) == nullptr) {
    return "no peer of Alertmanager took it";
  }
  return "Alertmanager took it, and none of its receivers says by the webhook that it was told";
}

// What channels stand in the way of having told all of this kind.
void ask_channels(const DrillFacts& facts, const std::string& kind, DrillTelling& telling) {
  for (const auto& one : facts.channels) {
    if (one.kind != kind) continue;
    const auto name = "the channel \"" + one.channel_name + "\"";
    if (one.state == "failed") telling.failure = name + " was not told: " + one.detail;
    const bool waits = one.state == "waiting" || one.state == "pending" || one.state == "sending";
    if (waits)
      telling.missing = name + " was not told" + (one.detail.empty() ? "" : ": ") + one.detail;
  }
}

// When the last channel was told of the beginning.
Instant channels_told_at(const DrillFacts& facts) {
  Instant latest{};
  for (const auto& one : facts.deliveries) {
    const bool ours =
        one.channel == DeliveryChannel::email || one.channel == DeliveryChannel::webhook;
    if (ours && one.transition == 1) latest = std::max(latest, one.at);
  }
  return latest;
}

DrillTelling beginning_of(const DrillFacts& facts) {
  DrillTelling telling;
  if (!facts.decided) {
    telling.missing = "what it published did not come back by the broker, or nobody decided on it";
    return telling;
  }
  if (!facts.first_came) {
    telling.missing = "the message of its alert did not come back from the broker";
    return telling;
  }
  if (!facts.has_alertmanager && facts.channels.empty()) {
    telling.failure =
        "nobody would be told: no Alertmanager is configured, and nobody subscribed to drills";
    return telling;
  }
  const auto* receiver = told_receiver(facts);
  if (facts.has_alertmanager && receiver == nullptr) telling.missing = why_no_receiver(facts);
  ask_sends(facts, telling);
  ask_channels(facts, "fired", telling);
  if (!telling.failure.empty() || !telling.missing.empty()) return telling;
  telling.done_at = channels_told_at(facts);
  if (receiver != nullptr) telling.done_at = std::max(*telling.done_at, receiver->at);
  return telling;
}

DrillTelling end_of(const DrillFacts& facts, Instant now) {
  DrillTelling telling;
  if (!facts.resolved) {
    telling.missing = "it was not decided";
    return telling;
  }
  if (!facts.second_came) {
    telling.missing = "its message did not come back from the broker";
    return telling;
  }
  constexpr auto receivers = DeliveryChannel::alertmanager_receiver;
  for (const auto& one : facts.deliveries) {
    if (one.channel == receivers && one.transition == 2 && one.at > facts.sends_looked_at) {
      telling.missing = "whether Alertmanager could send to " + one.target + " is not known yet";
    }
    if (one.channel != receivers || one.transition != 1) continue;
    if (find(facts, receivers, 2, DeliveryState::delivered, one.target) != nullptr) continue;
    telling.missing = "Alertmanager does not say that it told " + one.target;
    const auto* given_up = find(facts, receivers, 2, DeliveryState::failed, one.target);
    if (given_up != nullptr) telling.failure = one.target + ": " + given_up->detail;
  }
  ask_sends(facts, telling);
  ask_channels(facts, "resolved", telling);
  if (telling.failure.empty() && telling.missing.empty()) telling.done_at = now;
  return telling;
}

}  // namespace

domain::DrillFindings drill_findings(const DrillFacts& facts, Instant now) {
  return {beginning_of(facts), end_of(facts, now)};
}

}  // namespace monitron::notifier
