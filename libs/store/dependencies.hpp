#pragma once
// Which checks, and alerts of what has certain labels, depend on others. Written by api; the
// notifier reads them. Each change wakes whoever listens on the channel "rules_changed", also when
// a check that is named is deleted: a dependency loses that parent, and goes with its child or its
// last parent. That an instance depends on another (store/relations.hpp) is a dependency as well:
// of what has the instance's label, on the enabled checks of the other.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Dependency {
  Uuid id{};
  std::string name{};
  // One of the two: labels that an alert must have (all of them), or a check.
  Labels children{};
  std::optional<Uuid> child_check_id{};
  std::vector<Uuid> parents{};  // checks; one of them that is up is enough
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

// All there are, those of instances too, by id.
std::vector<Dependency> dependencies(pqxx::work& tx);

std::optional<Dependency> find_dependency(pqxx::work& tx, const Uuid& id);
const Listing& dependency_listing();
Page<Dependency> list_dependencies(pqxx::work& tx, const PageQuery& query);
Dependency insert_dependency(pqxx::work& tx, const Dependency& dependency);
// Nothing when it has another version.
std::optional<Dependency> update_dependency(pqxx::work& tx, const Dependency& dependency);
bool delete_dependency(pqxx::work& tx, const Uuid& id);

// Makes others who change dependencies wait for the end of this transaction: whether there is a
// cycle is known from all of them.
void lock_dependencies(pqxx::work& tx);
// Those of `ids` that no check has; the others cannot be deleted before the end of the transaction.
std::vector<Uuid> unknown_checks(pqxx::work& tx, const std::vector<Uuid>& ids);

}  // namespace monitron::store
