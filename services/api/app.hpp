#pragma once
// The REST interface as one table of routes.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_routes(http::Router& router, Context& context);

}  // namespace monitron::api
