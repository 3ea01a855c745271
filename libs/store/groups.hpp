#pragma once
// Groups of instances, one within another. Written by api.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/page.hpp"
#include "store/scope.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Group {
  Uuid id{};
  std::string name{};  // no other has it
  std::string description{};
  std::optional<Uuid> parent_id{};  // the group that it is in
  int members = 0;                  // instances that are in it, and in no group within it only
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

struct GroupQuery {
  PageQuery page{};
  Scope scope{};            // with an instance of it, in them or in groups within
  std::vector<Uuid> ids{};  // of these; empty: all
};

std::optional<Group> find_group(pqxx::work& tx, const Uuid& id);
// The group as far as the scope sees it: without an instance of it there is none, and `members` are
// those of the scope.
std::optional<Group> find_group(pqxx::work& tx, const Uuid& id, const Scope& scope);
std::optional<Group> find_group_by_name(pqxx::work& tx, const std::string& name);
const Listing& group_listing();
Page<Group> list_groups(pqxx::work& tx, const GroupQuery& query);
// Throws unique_violation for a name that is taken.
Group insert_group(pqxx::work& tx, const Group& group);
// Nothing when it has another version.
std::optional<Group> update_group(pqxx::work& tx, const Group& group);
// Groups within it are in none afterwards; instances stay.
bool delete_group(pqxx::work& tx, const Uuid& id);

// Makes others who change groups wait for the end of this transaction: whether there is a cycle is
// known from all of them.
void lock_groups(pqxx::work& tx);
// Whether `inner` is `outer`, or in it over any number of groups.
bool is_within_group(pqxx::work& tx, const Uuid& inner, const Uuid& outer);

// The instance is in the groups of these names and in no others. Those that nobody has made are
// made.
void set_groups(pqxx::work& tx, const Uuid& instance, const std::vector<std::string>& names);

}  // namespace monitron::store
