#pragma once
// Who wants to be told of which alerts, and when that is too much at once. Pure.

#include "base/ids.hpp"
#include "domain/threshold.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace monitron::domain {

struct Subscription {
  Uuid id{};
  Uuid channel_id{};
  Uuid user_id{};
  std::optional<Uuid> rule_id{};  // nothing: of all rules
  LabelSet selector{};            // labels that the alert must have
  std::string min_severity = "info";
  std::optional<double> threshold{};  // the user's own instead of the rule's
  bool send_resolved = true;
  int digest_above = 10;  // beginnings told alone in kDigestWindow; 0: never a digest
  std::chrono::seconds remind{0};
  bool drills = false;  // of every drill, whatever else it asks for; else of none
};

inline constexpr std::chrono::seconds kDigestWindow{300};
// A digest waits no longer for a critical beginning than this.
inline constexpr std::chrono::seconds kCriticalWaits{30};

// What is known of an alert that is to be told.
struct TellableAlert {
  Uuid rule_id{};
  std::optional<Uuid> audience{};  // a user: the alert is about the own threshold of that one
  std::string severity{};
  LabelSet labels{};
  bool drill = false;
};

// How one channel is told, whichever of its subscriptions ask for it.
struct Telling {
  Uuid channel_id{};
  bool send_resolved = false;
  int digest_above = 0;
  std::chrono::seconds remind{0};
  bool operator==(const Telling&) const = default;
};

// One telling per channel, in the order of their ids. Who has a threshold of the own for a rule is
// told of that one and not of the rule's, in all channels. Of several subscriptions that match, the
// most eager of each wish counts.
std::vector<Telling> tellings(const std::vector<Subscription>& subscriptions,
                              const TellableAlert& alert);

// info < warning < critical.
int rank_of_severity(std::string_view severity);

// Whether the next one belongs into a digest, after `sent` letters in the window before it.
bool goes_into_digest(int digest_above, int sent);

// The pause after a try that failed: 5 s, 30 s, 2 min, then 10 min. `attempts`: so far, from 1.
std::chrono::seconds pause_after(int attempts);
// How long a message is tried.
inline constexpr std::chrono::hours kTriedFor{24};

}  // namespace monitron::domain
