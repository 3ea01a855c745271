#pragma once
// Instances, and servers: the same things under the names of the registration script; groups of
// instances, and how they are related.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_instance_routes(http::Router& router, Context& context);
void add_server_routes(http::Router& router, Context& context);
void add_group_routes(http::Router& router, Context& context);
void add_relation_routes(http::Router& router, Context& context);

}  // namespace monitron::api
