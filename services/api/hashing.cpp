#include "api/hashing.hpp"

namespace monitron::api {

void answer_from_hashing(
    Context& context, const std::shared_ptr<http::Exchange>& exchange,
    std::function<Outcome<http::Response>(Context&, const http::Request&)> work) {
  const bool taken = context.hashing.run([&context, exchange, work = std::move(work)] {
    const auto& request = exchange->request();
    exchange->send(to_response(request, work(context, request)));
  });
  if (taken) return;
  exchange->send(
      http::error_response(exchange->request(), {Fault::unavailable, "the hashing queue is full"}));
}

}  // namespace monitron::api
