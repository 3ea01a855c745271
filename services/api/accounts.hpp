#pragma once
// Registration, login, sessions, users, the own account and who changed what.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_session_routes(http::Router& router, Context& context);
void add_password_reset_routes(http::Router& router, Context& context);
// Sign-in at an OpenID provider, and which ways of signing in there are.
void add_oidc_routes(http::Router& router, Context& context);
void add_profile_routes(http::Router& router, Context& context);
void add_email_verification_routes(http::Router& router, Context& context);
void add_second_factor_routes(http::Router& router, Context& context);
void add_invitation_routes(http::Router& router, Context& context);
void add_user_routes(http::Router& router, Context& context);
void add_audit_routes(http::Router& router, Context& context);

// The first admin, from ADMIN_EMAIL and ADMIN_PASSWORD, when there is none yet. Two replicas at
// once are safe.
Result<void> make_first_admin(Context& context);

}  // namespace monitron::api
