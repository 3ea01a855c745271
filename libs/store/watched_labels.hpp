#pragma once
// The labels of what is watched, as alerts about it have them and rules select by them; what they
// are made of: domain/alert_labels.hpp.

#include "domain/alert_labels.hpp"
#include "store/alerts.hpp"
#include "store/checks.hpp"
#include "store/instances.hpp"
#include "store/rules.hpp"

namespace monitron::store {

// Of their own accord, as their series have them in PromQL, whatever labels they were given.
domain::LabelSet attached_of(const WatchedInstance& instance);
// `host`: that the check belongs to; null: none.
domain::LabelSet attached_of(const WatchedCheck& check, const WatchedInstance* host);

domain::LabelSet labels_of(const WatchedInstance& instance);
domain::LabelSet labels_of(const WatchedCheck& check, const WatchedInstance* host);
domain::LabelSet labels_of(const Instance& instance);
domain::LabelSet labels_of(const Check& check, const std::optional<domain::HostNames>& host);

// Those of `ids` that there are.
std::map<Uuid, domain::HostNames> hosts_of(pqxx::work& tx, const std::vector<Uuid>& ids);
struct LabelledCheck {
  Uuid id{};
  domain::LabelSet labels{};
  bool enabled = true;
};
std::vector<LabelledCheck> labels_of_checks(pqxx::work& tx);

// Whether a rule on states of checks is about the check that has these labels.
bool selects(const Rule& rule, const Uuid& check, const domain::LabelSet& labels);

}  // namespace monitron::store
