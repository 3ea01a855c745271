#pragma once
// Routes about Alertmanager: its silences, and what its webhook tells.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_silence_routes(http::Router& router, Context& context);
// Takes what Alertmanager has told its receivers; off without a token.
void add_notification_routes(http::Router& router, Context& context);

}  // namespace monitron::api
