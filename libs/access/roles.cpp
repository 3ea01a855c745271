#include "access/roles.hpp"

#include "store/roles.hpp"

#include <algorithm>

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

Held held_of(const RolePermissions& roles, const std::string& role,
             const std::vector<store::GrantedRole>& granted) {
  const auto of = [&](const std::string& name) {
    const auto found = roles.find(name);
    return found == roles.end() ? auth::Permissions{} : found->second;
  };
  Held held{.everywhere = of(role)};
  for (const auto& one : granted) {
    held.limited.push_back({of(one.role), one.labels});
  }
  return held;
}

Held held_by(pqxx::work& tx, const store::User& user) {
  return held_of(all_roles(tx), user.role, store::granted_to_user(tx, user.id));
}

auth::Permissions lacking(const Held& wanted, const Held& held) {
  auto missing = auth::lacking(wanted.everywhere, held.everywhere);
  for (const auto& one : wanted.limited) {
    for (const auto& permission : auth::lacking(one.permissions, held.everywhere)) {
      const bool has = std::any_of(held.limited.begin(), held.limited.end(), [&](const auto& own) {
        return own.permissions.count(permission) > 0 &&
               std::includes(one.labels.begin(), one.labels.end(), own.labels.begin(),
                             own.labels.end());
      });
      if (!has) missing.insert(permission);
    }
  }
  return missing;
}

}  // namespace monitron::access
