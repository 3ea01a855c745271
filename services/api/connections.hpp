#pragma once
// What agents tell of the connections of their hosts: GET /connections, who speaks with whom;
// /connections/graph, what depends on what; /connections/findings, what is wrong with them;
// /connections/log, each of them; and /listeners, who waits to be spoken to.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_connection_routes(http::Router& router, Context& context);
void add_connection_log_routes(http::Router& router, Context& context);

}  // namespace monitron::api
