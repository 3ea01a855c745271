#include "auth/roles.hpp"

#include <algorithm>
#include <iterator>

namespace monitron::auth {

const std::vector<Permission>& all_permissions() {
  static const std::vector<Permission> table = {
      {"alerts:read", Role::viewer, Scope::read},
      {"audit:read", Role::admin, Scope::never},
      {"checks:read", Role::viewer, Scope::read},
      {"checks:run", Role::operator_, Scope::write},
      {"checks:write", Role::admin, Scope::write},
      {"dependencies:read", Role::viewer, Scope::read},
      {"dependencies:write", Role::admin, Scope::write},
      {"drills:read", Role::viewer, Scope::read},
      {"drills:run", Role::operator_, Scope::write},
      {"drills:write", Role::admin, Scope::write},
      {"enrolment:read", Role::admin, Scope::never},
      {"enrolment:write", Role::admin, Scope::never},
      {"graphql:query", Role::viewer, Scope::read},  // each field needs that of its route besides
      {"incidents:acknowledge", Role::operator_, Scope::write},
      {"incidents:assign", Role::operator_, Scope::write},
      {"incidents:note", Role::operator_, Scope::write},
      {"incidents:read", Role::viewer, Scope::read},
      {"instances:read", Role::viewer, Scope::read},
      {"instances:register", Role::admin, Scope::ingest},
      {"instances:write", Role::admin, Scope::write},
      {"maintenance:read", Role::viewer, Scope::read},
      {"maintenance:write", Role::operator_, Scope::write},
      {"metrics:delete", Role::admin, Scope::own_name},
      {"metrics:read", Role::viewer, Scope::read},
      {"overview:read", Role::viewer, Scope::read},
      {"reports:read", Role::viewer, Scope::read},
      {"reports:write", Role::admin, Scope::write},
      {"retention:read", Role::viewer, Scope::read},
      {"retention:write", Role::admin, Scope::own_name},
      {"rules:read", Role::viewer, Scope::read},
      {"rules:write", Role::admin, Scope::write},
      {"session", Role::viewer, Scope::never},
      {"silences:read", Role::viewer, Scope::read},
      {"silences:write", Role::operator_, Scope::write},
      {"telemetry:send", Role::admin, Scope::ingest},
      {"tokens:read", Role::admin, Scope::never},
      {"tokens:write", Role::admin, Scope::never},
      {"users:read", Role::admin, Scope::never},
      {"users:write", Role::admin, Scope::never},
  };
  return table;
}

namespace {

const Permission* find(std::string_view name) {
  const auto& all = all_permissions();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Permission& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

template <class Wanted>
Permissions those(Wanted wanted) {
  Permissions permissions;
  for (const auto& one : all_permissions()) {
    if (wanted(one)) permissions.emplace(one.name);
  }
  return permissions;
}

bool gives(std::string_view scope, const Permission& one) {
  if (scope == "read") return one.scope == Scope::read;
  if (scope == "write") return one.scope == Scope::read || one.scope == Scope::write;
  if (scope == "ingest") return one.scope == Scope::ingest;
  return scope == one.name && one.scope != Scope::never;
}

}  // namespace

bool is_permission(std::string_view name) { return find(name) != nullptr; }

bool is_built_in_role(std::string_view role) { return !permissions_of_role(role).empty(); }

Permissions permissions_of_role(std::string_view role) {
  const auto up_to = [](Role most) {
    return those([most](const Permission& one) { return one.role <= most; });
  };
  if (role == "admin") return up_to(Role::admin);
  if (role == "operator") return up_to(Role::operator_);
  if (role == "viewer") return up_to(Role::viewer);
  return {};
}

bool is_scope(std::string_view scope) {
  return std::any_of(all_permissions().begin(), all_permissions().end(),
                     [&](const Permission& one) { return gives(scope, one); });
}

Permissions permissions_of_scopes(const std::vector<std::string>& scopes) {
  return those([&](const Permission& one) {
    return std::any_of(scopes.begin(), scopes.end(),
                       [&](const std::string& scope) { return gives(scope, one); });
  });
}

Permissions common(const Permissions& wanted, const Permissions& held) {
  Permissions both;
  std::set_intersection(wanted.begin(), wanted.end(), held.begin(), held.end(),
                        std::inserter(both, both.end()));
  return both;
}

}  // namespace monitron::auth
