#pragma once
// Who somebody is, as people read it.

#include "http/message.hpp"
#include "store/incident_actions.hpp"
#include "store/users.hpp"

namespace monitron::api {

// The caller by the name: a session knows only whose it is.
store::Actor actor_of(pqxx::work& tx, const http::Caller& caller);

}  // namespace monitron::api
