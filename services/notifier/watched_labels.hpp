#pragma once
// The labels of what is watched: as alerts have them, and as series get them. Pure.

#include "domain/threshold.hpp"
#include "head/owners.hpp"
#include "store/alerts.hpp"

namespace monitron::notifier {

domain::LabelSet labels_of(const store::WatchedInstance& instance);
// `host`: that the check is about; null: none.
domain::LabelSet labels_of(const store::WatchedCheck& check, const store::WatchedInstance* host);

// As series::SampleSource attaches them.
std::vector<head::Owner> owners_of(const std::vector<store::WatchedCheck>& checks,
                                   const std::vector<store::WatchedInstance>& instances);

}  // namespace monitron::notifier
