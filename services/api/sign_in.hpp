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
Json open_session(pqxx::work& tx, const Context& context, const store::User& user,
                  const Uuid& family);

}  // namespace monitron::api
