#pragma once
// Roles that people make, and what everybody keeps to who gives permissions to others: nobody gives
// what he lacks, and nobody touches an account that may more than he.

#include "access/roles.hpp"
#include "api/answer.hpp"
#include "api/context.hpp"
#include "http/router.hpp"
#include "store/invitations.hpp"
#include "store/users.hpp"

namespace monitron::api {

// That a list of permissions names.
inline constexpr std::size_t kMostPermissions = 200;

void add_role_routes(http::Router& router, Context& context);
void add_team_routes(http::Router& router, Context& context);

// What the caller may now, by the database: who was given less a moment ago hands on nothing that
// was taken.
access::Held held_now(pqxx::work& tx, const http::Caller& caller);

// Refused (denied) unless the caller may all of this; `doing`: "give this role".
Outcome<void> within_own(pqxx::work& tx, const http::Caller& caller, const access::Held& wanted,
                         const std::string& doing);

// Whether the caller may give this role to somebody. Refused at the field `role` when there is no
// such role.
Outcome<void> may_give_role(pqxx::work& tx, const http::Caller& caller, const std::string& role);

// Whether the caller may change, sign in anew or delete this account; replace or take back this
// invitation.
Outcome<void> may_touch(pqxx::work& tx, const http::Caller& caller, const store::User& user);
Outcome<void> may_touch(pqxx::work& tx, const http::Caller& caller,
                        const store::Invitation& invitation);

}  // namespace monitron::api
