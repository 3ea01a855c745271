#pragma once
// Where people want to be told of alerts, and of which: everybody's own.

#include "api/answer.hpp"
#include "api/context.hpp"
#include "http/router.hpp"
#include "store/incidents.hpp"

namespace monitron::api {

void add_channel_routes(http::Router& router, Context& context);
void add_subscription_routes(http::Router& router, Context& context);

// Whether something of `user` is for this caller: everybody's own is, for administrators all.
bool is_own(const http::Caller& caller, const Uuid& user);
// Whether the incident is everybody's, or about a threshold that is the caller's own.
bool is_told(pqxx::work& tx, const http::Caller& caller, std::string_view permission,
             const store::Incident& incident);
// all=true, of administrators; else whose things are listed.
Outcome<std::optional<Uuid>> owner_query(const http::Request& request);

}  // namespace monitron::api
