#pragma once
// What roles may, built-in ones and those that people made.

#include "auth/roles.hpp"
#include "store/tx.hpp"

#include <map>
#include <string>
#include <vector>

namespace monitron::access {

using RolePermissions = std::map<std::string, auth::Permissions, std::less<>>;

RolePermissions all_roles(pqxx::work& tx);
// Nothing for a role that is not there.
auth::Permissions permissions_of_role(pqxx::work& tx, const std::string& role);
// The names of those that have all of these.
std::vector<std::string> roles_with(pqxx::work& tx, const auth::Permissions& wanted);

}  // namespace monitron::access
