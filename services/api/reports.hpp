#pragma once
// Report schedules and reports.

#include "api/context.hpp"
#include "api/fields.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_report_schedule_routes(http::Router& router, Context& context);
// {labels{}} of the member "filter".
store::Labels read_filter(Fields& fields);

void add_report_routes(http::Router& router, Context& context);

}  // namespace monitron::api
