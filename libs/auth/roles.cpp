#include "auth/roles.hpp"

#include <algorithm>
#include <iterator>

namespace monitron::auth {

const std::vector<Permission>& all_permissions() {
  static const std::vector<Permission> table = {
      {"alerts:read", Role::viewer, Scope::read, "see which alerts fire"},
      {"audit:read", Role::admin, Scope::never, "read the audit trail"},
      {"bulk:write", Role::operator_, Scope::write,
       "change many things at once, each as the others allow"},
      {"checks:read", Role::viewer, Scope::read, "see checks and their results"},
      {"checks:run", Role::operator_, Scope::write, "run checks at once"},
      {"checks:write", Role::admin, Scope::write, "make, change and delete checks"},
      {"config:read", Role::viewer, Scope::read, "see as one document what the others let see"},
      {"config:write", Role::admin, Scope::write,
       "change by a document what the others let change"},
      {"dashboards:read", Role::viewer, Scope::read, "see dashboards"},
      {"dashboards:write", Role::operator_, Scope::write, "make, change and delete dashboards"},
      {"dependencies:read", Role::viewer, Scope::read, "see what depends on what"},
      {"dependencies:write", Role::admin, Scope::write, "make, change and delete dependencies"},
      {"drills:read", Role::viewer, Scope::read, "see drills and their schedule"},
      {"drills:run", Role::operator_, Scope::write, "run a drill of the alerting"},
      {"drills:write", Role::admin, Scope::write, "change the schedule of drills"},
      {"enrolment:read", Role::admin, Scope::never, "see enrolment tokens of agents"},
      {"enrolment:write", Role::admin, Scope::never, "make and delete enrolment tokens of agents"},
      {"graphql:query", Role::viewer, Scope::read,
       "ask by GraphQL what the other permissions allow"},
      {"incidents:acknowledge", Role::operator_, Scope::write, "acknowledge incidents"},
      {"incidents:assign", Role::operator_, Scope::write, "assign incidents"},
      {"incidents:note", Role::operator_, Scope::write, "write notes to incidents"},
      {"incidents:read", Role::viewer, Scope::read, "see incidents"},
      {"instances:read", Role::viewer, Scope::read, "see instances"},
      {"instances:register", Role::admin, Scope::ingest, "register instances as agents do"},
      {"instances:write", Role::admin, Scope::write, "make, change and delete instances"},
      {"jobs:read", Role::viewer, Scope::read, "see one's own long work, and what came of it"},
      {"jobs:write", Role::admin, Scope::write, "see and cancel the long work of everybody"},
      {"maintenance:read", Role::viewer, Scope::read, "see maintenance windows"},
      {"maintenance:write", Role::operator_, Scope::write,
       "make, change and delete maintenance windows"},
      {"metrics:delete", Role::admin, Scope::own_name, "delete series"},
      {"metrics:read", Role::viewer, Scope::read, "see metrics and query them"},
      {"overview:read", Role::viewer, Scope::read, "see the overview"},
      {"reports:read", Role::viewer, Scope::read, "see and download reports"},
      {"reports:write", Role::admin, Scope::write, "make reports and their schedules"},
      {"retention:read", Role::viewer, Scope::read, "see how long data is kept"},
      {"retention:write", Role::admin, Scope::own_name, "change how long data is kept"},
      {"roles:read", Role::admin, Scope::never, "see roles"},
      {"roles:write", Role::admin, Scope::never, "make, change and delete roles"},
      {"rules:read", Role::viewer, Scope::read, "see rules"},
      {"rules:write", Role::admin, Scope::write, "make, change and delete rules"},
      {"session", Role::member, Scope::never, "the own account"},
      {"settings:read", Role::admin, Scope::never,
       "see what the api was started with, secrets excepted"},
      {"silences:read", Role::viewer, Scope::read, "see silences"},
      {"silences:write", Role::operator_, Scope::write, "make, change and end silences"},
      {"status-pages:read", Role::viewer, Scope::read, "see status pages, drafts included"},
      {"status-pages:write", Role::operator_, Scope::write,
       "make, change and publish status pages, and write on them"},
      {"teams:read", Role::admin, Scope::never, "see teams and what is granted to whom"},
      {"teams:write", Role::admin, Scope::never, "make teams and grant roles"},
      {"telemetry:send", Role::admin, Scope::ingest, "send telemetry"},
      {"tokens:read", Role::admin, Scope::never, "see the API tokens of everybody"},
      {"tokens:write", Role::admin, Scope::never, "make and delete API tokens"},
      {"users:read", Role::admin, Scope::never, "see users and invitations"},
      {"users:write", Role::admin, Scope::never, "make, change, invite and delete users"},
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
  if (role == "member") return up_to(Role::member);
  return {};
}

Permissions permissions_of_names(const std::vector<std::string>& names) {
  return those([&](const Permission& one) {
    return one.role == Role::member ||
           std::find(names.begin(), names.end(), one.name) != names.end();
  });
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

Permissions lacking(const Permissions& wanted, const Permissions& held) {
  Permissions rest;
  std::set_difference(wanted.begin(), wanted.end(), held.begin(), held.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace monitron::auth
