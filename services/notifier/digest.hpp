#pragma once
// What tells the alerts of a digest apart. Pure.

#include "contracts/alert_changed.hpp"

#include <vector>

namespace monitron::notifier {

// Of each alert the labels in which those of its rule differ; none of an alert that is the only one
// of its rule. Ids are left out where the name that they stand for is there.
using Labels = std::map<std::string, std::string>;
std::vector<Labels> differing_labels(const std::vector<contracts::AlertChanged>& alerts);

}  // namespace monitron::notifier
