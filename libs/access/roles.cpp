#include "access/roles.hpp"

#include "store/roles.hpp"

namespace monitron::access {

RolePermissions all_roles(pqxx::work& tx) {
  RolePermissions all;
  for (const auto* name : {"admin", "operator", "viewer", "member"}) {
    all[name] = auth::permissions_of_role(name);
  }
  for (const auto& [name, permissions] : store::custom_roles(tx)) {
    all[name] = auth::permissions_of_names(permissions);
  }
  return all;
}

auth::Permissions permissions_of_role(pqxx::work& tx, const std::string& role) {
  if (auth::is_built_in_role(role)) return auth::permissions_of_role(role);
  const auto found = store::find_role_by_name(tx, role);
  return found ? auth::permissions_of_names(found->permissions) : auth::Permissions{};
}

std::vector<std::string> roles_with(pqxx::work& tx, const auth::Permissions& wanted) {
  std::vector<std::string> names;
  for (const auto& [name, permissions] : all_roles(tx)) {
    if (auth::lacking(wanted, permissions).empty()) names.push_back(name);
  }
  return names;
}

}  // namespace monitron::access
