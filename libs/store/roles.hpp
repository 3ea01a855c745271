#pragma once
// Roles. What built-in ones may is not kept here but known to auth. Written by api.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace monitron::store {

struct Role {
  Uuid id{};
  std::string name{};
  std::string description{};
  std::vector<std::string> permissions{};  // none of a built-in one
  bool built_in = false;
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

std::optional<Role> find_role(pqxx::work& tx, const Uuid& id);
std::optional<Role> find_role_by_name(pqxx::work& tx, const std::string& name);
const Listing& role_listing();
Page<Role> list_roles(pqxx::work& tx, const PageQuery& query);
// Throws unique_violation for a name that is taken.
Role insert_role(pqxx::work& tx, const Role& role);
// Who has it has the new name at once. Nothing when `role.version` is not the stored one or it is
// built in.
std::optional<Role> update_role(pqxx::work& tx, const Role& role);
// Not a built-in one. Throws foreign_key_violation for one that somebody has.
bool delete_role(pqxx::work& tx, const Uuid& id);

// Who has it, the invitations with it that are still good, and where it is granted.
struct RoleUse {
  int users = 0;
  int invitations = 0;
  int grants = 0;
};
RoleUse role_use(pqxx::work& tx, const std::string& name);

// Of those that people made: name → permissions.
std::map<std::string, std::vector<std::string>> custom_roles(pqxx::work& tx);

}  // namespace monitron::store
