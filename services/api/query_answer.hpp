#pragma once
// Answers of the API's own form that take a query: made on the threads of queries, those of jobs,
// which take long, on the job's own; or 503.

#include "api/answer.hpp"
#include "api/queries.hpp"
#include "http/router.hpp"

namespace monitron::api {

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

}  // namespace monitron::api
