#pragma once
// What runs on what, what is part of what and what depends on what, among instances. Written by
// api. That one depends on another is a dependency too (store/dependencies.hpp): of all that is
// about it, on the checks of the other.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/page.hpp"
#include "store/scope.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Relation {
  Uuid id{};
  std::string kind{};  // runs-on, part-of, depends-on
  Uuid instance_id{};  // this one runs on,
  Uuid target_id{};    // … this one
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

struct RelationQuery {
  PageQuery page{};
  Scope scope{};                  // with both ends
  std::vector<Uuid> instances{};  // at one of the ends; empty: all
  std::string kind{};
};

std::optional<Relation> find_relation(pqxx::work& tx, const Uuid& id);
const Listing& relation_listing();
Page<Relation> list_relations(pqxx::work& tx, const RelationQuery& query);
// Throws unique_violation for one that is there.
Relation insert_relation(pqxx::work& tx, const Relation& relation);
// Nothing when it has another version.
std::optional<Relation> update_relation(pqxx::work& tx, const Relation& relation);
bool delete_relation(pqxx::work& tx, const Uuid& id);

// Another one that says the same.
bool is_related_already(pqxx::work& tx, const Relation& relation);
// Whether others of its kind lead from the target back to the instance. lock_dependencies() comes
// before.
bool leads_round(pqxx::work& tx, const Relation& relation);

}  // namespace monitron::store
