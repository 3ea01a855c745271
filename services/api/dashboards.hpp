#pragma once
// Dashboards as JSON: a grid of 24 columns with widgets, and the variables that their queries name.

#include "api/context.hpp"
#include "api/fields.hpp"
#include "http/router.hpp"
#include "store/dashboards.hpp"

namespace monitron::api {

inline constexpr int kGridColumns = 24;

// All that is configured. PromQL is parsed, with the variables' defaults in their places, so that
// no dashboard is kept which could not be shown.
store::Dashboard read_dashboard(Fields& fields);
Json writable_dashboard(const store::Dashboard& dashboard);

void add_dashboard_routes(http::Router& router, Context& context);

}  // namespace monitron::api
