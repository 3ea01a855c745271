#pragma once
// POST /api/v1/bulk: many changes in one request, each of them as a request of its own would be:
// permissions, scopes, validation, If-Match, audit entries, what it counts of the rate limit. Of
// which routes, says http::Access::bulk.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

// Asks the other routes of `router`, which outlives them.
void add_bulk_routes(http::Router& router, Context& context);

}  // namespace monitron::api
