#pragma once
// The labels of what is watched, as alerts about it have them and rules select by them. Pure.

#include "domain/threshold.hpp"
#include "store/alerts.hpp"

namespace monitron::store {

// Of their own accord, whatever labels they were given.
domain::LabelSet attached_of(const WatchedInstance& instance);
// `host`: that the check is about; null: none.
domain::LabelSet attached_of(const WatchedCheck& check, const WatchedInstance* host);

// With those that they were given; what is attached goes first.
domain::LabelSet labels_of(const WatchedInstance& instance);
domain::LabelSet labels_of(const WatchedCheck& check, const WatchedInstance* host);

}  // namespace monitron::store
