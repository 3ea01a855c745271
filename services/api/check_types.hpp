#pragma once
// Kinds of checks: the built-in ones and those that users define.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_check_type_routes(http::Router& router, Context& context);

}  // namespace monitron::api
