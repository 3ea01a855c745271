#pragma once
// The labels of what is watched, as its alerts have them and rules, maintenance windows,
// dependencies and subscriptions select by them: those that are attached by name, those that people
// gave it, and of a check those of its server. What comes first wins. Their names are plain
// (base/label_name.hpp), however people wrote them.

#include "base/ids.hpp"
#include "domain/threshold.hpp"

#include <optional>

namespace monitron::domain {

struct HostNames {
  Uuid id{};
  std::string hostname{};
  LabelSet given{};
};
LabelSet labels_of_host(const HostNames& host);

struct CheckNames {
  Uuid id{};
  std::string name{};
  std::string kind{};
  std::string target{};
  std::string location{};           // the first one
  std::optional<HostNames> host{};  // that it belongs to
  LabelSet given{};
};
// Those that its series have in PromQL, too: all but its server's own.
LabelSet attached_to_check(const CheckNames& check);
LabelSet labels_of_check(const CheckNames& check);

// Annotations as others are told them: the rule's own, filled in, and what is said of the alert
// where the rule says nothing: `summary` and `description`. `title` is always ours.
LabelSet told_annotations(LabelSet own, const std::string& title, const std::string& text);

}  // namespace monitron::domain
