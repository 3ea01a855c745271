#pragma once
// What all ways of signing in end with.

#include "api/answer.hpp"
#include "api/context.hpp"
#include "store/users.hpp"

namespace monitron::api {

http::Problem too_many(std::chrono::seconds wait);
http::Problem not_let_in(const std::string& detail);

// A session: an access token, and the refresh token that follows it in the same family. `user` is
// held by the transaction (store::find_user_held), so that no session slips through when all of an
// account are ended.
Json open_session(pqxx::work& tx, const Context& context, const http::Request& request,
                  const store::User& user, const Uuid& family);

// 200 with one of a family of its own, which is noted in the audit trail.
http::Response begin_session(pqxx::work& tx, const Context& context, const http::Request& request,
                             const store::User& user);
// For the audit trail: what became of a session, by whom it belongs to.
void note_session(pqxx::work& tx, const http::Request& request, const char* action,
                  const Uuid& user, const Uuid& family);

// 200 with a new session; or, of who has a second factor, 202 with a challenge that waits for it.
http::Response let_in(pqxx::work& tx, const Context& context, const http::Request& request,
                      const store::User& user);

// The caller's account, if this is its password; a wrong one counts as a failed sign-in and is
// refused at `field`. On a hashing thread.
Outcome<store::User> caller_by_password(Context& context, const http::Request& request,
                                        const std::string& password, const std::string& field);

}  // namespace monitron::api
