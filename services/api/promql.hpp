#pragma once
// Prometheus's HTTP API, under /api/v1 and /prometheus/api/v1: queries, and what series there are.

#include "api/context.hpp"
#include "api/promql_parameters.hpp"
#include "api/query_answer.hpp"
#include "http/router.hpp"

namespace monitron::api {

void add_query_routes(http::Router& router, Context& context);
void add_series_routes(http::Router& router, Context& context);
void add_metadata_routes(http::Router& router, Context& context);
void add_tsdb_status_routes(http::Router& router, Context& context);
void add_prometheus_rule_routes(http::Router& router, Context& context);

using PromqlHandler =
    std::function<void(const PromqlParameters&, const std::shared_ptr<http::Exchange>&)>;
using PromqlWork = std::function<http::Response(series::SampleSource&, promql::Budget&)>;

// GET and POST of `path` ("/query") under both prefixes.
void mount_promql(http::Router& router, const std::string& path, const http::Access& access,
                  const PromqlHandler& handler);
// The parameter timeout= makes the time limit shorter.
PromqlResult<promql::Limits> limits_of(const PromqlParameters& parameters, const Queries& queries);
// Answers with what `work` returns, from a thread of the queries. Who may read what some instances
// sent gets a source that has nothing else.
void run_query(Context& context, const promql::Limits& limits,
               const std::shared_ptr<http::Exchange>& exchange, PromqlWork work);

}  // namespace monitron::api
