#pragma once
// GET /metrics and /metrics/series: stored samples and what series there are.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_metric_routes(http::Router& router, Context& context);

}  // namespace monitron::api
