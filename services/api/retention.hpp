#pragma once
// How long samples are kept, and samples that people want gone.

#include "api/context.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_retention_routes(http::Router& router, Context& context);
// Prometheus's /admin/tsdb/delete_series.
void add_delete_series_routes(http::Router& router, Context& context);

}  // namespace monitron::api
