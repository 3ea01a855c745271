#pragma once
// Alert rules, alerts and incidents.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_rule_routes(http::Router& router, Context& context);
void add_incident_routes(http::Router& router, Context& context);

}  // namespace monitron::api
