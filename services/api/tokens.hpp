#pragma once
// API tokens, enrolment tokens, agents, their enrolment and configuration, stream tickets; and what
// the api was started with.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_token_routes(http::Router& router, Context& context);
void add_enrolment_routes(http::Router& router, Context& context);
void add_agent_routes(http::Router& router, Context& context);
void add_agent_configuration_routes(http::Router& router, Context& context);
void add_ticket_routes(http::Router& router, Context& context);

}  // namespace monitron::api
