#pragma once
// What selectors by labels fit: POST /api/v1/selectors/preview.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_selector_routes(http::Router& router, Context& context);

}  // namespace monitron::api
