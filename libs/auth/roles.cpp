#include "auth/roles.hpp"

namespace monitron::auth {

bool is_role(std::string_view role) { return role == "admin" || role == "viewer"; }

bool is_scope(std::string_view scope) {
  return scope == kRead || scope == kWrite || scope == kIngest;
}

Permissions permissions_of_role(std::string_view role) {
  if (role == "admin") {
    return {std::string(kRead), std::string(kWrite), std::string(kIngest), std::string(kAdmin),
            std::string(kSession)};
  }
  if (role == "viewer") return {std::string(kRead), std::string(kSession)};
  return {};
}

Permissions permissions_of_scopes(const std::vector<std::string>& scopes) {
  Permissions permissions;
  for (const auto& scope : scopes) {
    if (!is_scope(scope)) continue;
    permissions.insert(scope);
    if (scope == kWrite) permissions.emplace(kRead);
  }
  return permissions;
}

}  // namespace monitron::auth
