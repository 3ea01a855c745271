#pragma once
// Drills: how they went, one now, and when they are due.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_drill_routes(http::Router& router, Context& context);

}  // namespace monitron::api
