#pragma once
// The labels of what is watched, as its alerts have them: those that are attached by name, and
// those that people gave it. What is attached wins.

#include "base/ids.hpp"
#include "domain/threshold.hpp"

namespace monitron::domain {

struct CheckNames {
  Uuid id{};
  std::string name{};
  std::string kind{};
  std::string target{};
  std::string location{};  // the first one
  std::string host{};      // of its instance; empty: it has none
  LabelSet given{};
};
LabelSet labels_of_check(const CheckNames& check);

LabelSet labels_of_instance(const Uuid& id, const std::string& host, const LabelSet& given = {});

// Annotations as others are told them: the rule's own, filled in, and what is said of the alert
// where the rule says nothing: `summary` and `description`. `title` is always ours.
LabelSet told_annotations(LabelSet own, const std::string& title, const std::string& text);

}  // namespace monitron::domain
