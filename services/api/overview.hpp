#pragma once
// The whole suite at a glance: GET /overview for people, /health and /readyz for machines.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_overview_routes(http::Router& router, Context& context);

}  // namespace monitron::api
