#pragma once
// Whether an address is its account's: whoever opens the link of a letter to it proves it.

#include "api/context.hpp"
#include "store/users.hpp"

namespace monitron::api {

// Sends the letter, if none was sent within the last minute. False: one was.
bool ask_to_verify(pqxx::work& tx, const Context& context, const store::User& user);

}  // namespace monitron::api
