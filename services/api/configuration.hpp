#pragma once
// The whole configuration: read, compared with a document, and made to be what a document says.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

// Asks the other routes of `router`, which outlives them.
void add_configuration_routes(http::Router& router, Context& context);

}  // namespace monitron::api
