#pragma once
// Who may do what: one table of permissions, and what roles and token scopes make of it. A route
// asks for one permission; nothing else decides.
//
// A permission is `<resource>:<verb>`. `session` stands apart: what a person does with the own
// account, and with what is the own (channels, subscriptions), which every person may and no token.

#include "base/result.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::auth {

using Permissions = std::set<std::string, std::less<>>;

// The built-in role that has it first; each has what those before have.
enum class Role { member, viewer, operator_, admin };
// How an API token comes to it: by the scope of that name (write contains read), by its own name
// alone, or never, because it is about accounts.
enum class Scope { read, write, ingest, own_name, never };

struct Permission {
  std::string_view name;
  Role role;
  Scope scope;
  std::string_view description;  // for people: "see checks and their results"
};

const std::vector<Permission>& all_permissions();
bool is_permission(std::string_view name);

// admin: everything. operator: sees what a viewer sees, and deals with incidents, silences,
// maintenance, checks that are there and drills. viewer: sees everything but accounts. member: the
// own account alone.
bool is_built_in_role(std::string_view role);
// Nothing for a role that is not built in.
Permissions permissions_of_role(std::string_view role);
// Of a role that people made: what it names, and what every person may. What is no permission (any
// more) counts for nothing.
Permissions permissions_of_names(const std::vector<std::string>& names);

// read, write, ingest, or a permission that a token may have.
bool is_scope(std::string_view scope);
// What is no scope counts for nothing.
Permissions permissions_of_scopes(const std::vector<std::string>& scopes);

// Those of `wanted` that are in `held` as well.
Permissions common(const Permissions& wanted, const Permissions& held);
// Those of `wanted` that are not in `held`.
Permissions lacking(const Permissions& wanted, const Permissions& held);

}  // namespace monitron::auth
