#pragma once
// What roles and token scopes allow. A route asks for one permission; nothing else decides.

#include "base/result.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::auth {

// read: see everything but accounts. write: change what is monitored. ingest: send telemetry and
// register servers. admin: users, tokens, enrolment. session: what a person does with the own
// account.
inline constexpr std::string_view kRead = "read";
inline constexpr std::string_view kWrite = "write";
inline constexpr std::string_view kIngest = "ingest";
inline constexpr std::string_view kAdmin = "admin";
inline constexpr std::string_view kSession = "session";

using Permissions = std::set<std::string, std::less<>>;

bool is_role(std::string_view role);    // admin, viewer
bool is_scope(std::string_view scope);  // read, write, ingest

// Nothing for an unknown role.
Permissions permissions_of_role(std::string_view role);
// A token never has admin or session; write includes read.
Permissions permissions_of_scopes(const std::vector<std::string>& scopes);

}  // namespace monitron::auth
