#pragma once
// The labels of what is watched: as alerts have them, and as series get them. Pure.

#include "head/owners.hpp"
#include "store/watched_labels.hpp"

namespace monitron::notifier {

using store::attached_of;
using store::labels_of;

// As series::SampleSource attaches them.
std::vector<head::Owner> owners_of(const std::vector<store::WatchedCheck>& checks,
                                   const std::vector<store::WatchedInstance>& instances);

}  // namespace monitron::notifier
