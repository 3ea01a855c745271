#pragma once
// Answers of the API's own form that take a query: made on the threads of queries, those of jobs,
// which take long, on the job's own; or 503.

#include "api/answer.hpp"
#include "api/context.hpp"
#include "db/limited.hpp"
#include "http/router.hpp"

namespace monitron::api {

inline const char* const kReadsMetrics = "metrics:read";

// The instances and checks whose samples the caller may read; null: all there are.
Result<series::SampleSource::Only> readable_sources(db::Pool& database, const http::Caller& caller);

// Sends what `work` makes of source and budget: an Outcome<http::Response>.
template <class Work>
void answer_by_query(Queries& queries, const promql::Limits& limits,
                     const std::shared_ptr<http::Exchange>& exchange, Work work) {
  const auto run = [exchange, work = std::move(work)](auto& source, auto& budget) {
    exchange->send(to_response(exchange->request(), work(source, budget)));
  };
  const auto& request = exchange->request();
  if (request.work ? queries.run_here(limits, request.gone, run)
                   : queries.run(limits, request.gone, run)) {
    return;
  }
  exchange->send(
      to_response(exchange->request(), Refusal(Error{Fault::unavailable, kTooManyQueries})));
}

// The same of what the caller may read, who may be limited to some instances; `work` runs within
// the same limits.
template <class Work>
void answer_by_scoped_query(Context& context, const std::shared_ptr<http::Exchange>& exchange,
                            Work work) {
  const auto& request = exchange->request();
  const auto only = readable_sources(context.database, request.caller);
  if (!only) return exchange->send(to_response(request, Refusal(only.error())));
  answer_by_query(context.queries, context.queries.limits(), exchange,
                  [only = *only, limit = db::limited_to(), work = std::move(work)](
                      auto& source, auto& budget) -> Outcome<http::Response> {
                    const db::Limited held(limit);  // as the route is: on this thread, too
                    if (!only) return work(source, budget);
                    auto theirs = source.of(only);
                    return work(theirs, budget);
                  });
}

}  // namespace monitron::api
