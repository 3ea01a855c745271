#pragma once
// What roles may, built-in ones and those that people made.

#include "auth/roles.hpp"
#include "http/message.hpp"
#include "store/teams.hpp"
#include "store/users.hpp"

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

// What somebody may: everywhere, and on some instances.
struct Held {
  auth::Permissions everywhere{};
  std::vector<http::LimitedPermissions> limited{};
};
Held held_of(const RolePermissions& roles, const std::string& role,
             const std::vector<store::GrantedRole>& granted);
Held held_by(pqxx::work& tx, const store::User& user);
// What of `wanted` is not within `held`: names of permissions. What is held on instances of some
// labels is held on those that have more of them, too.
auth::Permissions lacking(const Held& wanted, const Held& held);

}  // namespace monitron::access
