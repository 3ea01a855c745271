#pragma once
// POST and GET /api/v1/graphql. Requests are executed on threads of their own with a short queue,
// so that they hold up nothing else, each within its time. Subscriptions are refused here and come
// by WebSocket (sockets.hpp).

#include "api/graphql/asking.hpp"
#include "api/graphql/exchange.hpp"
#include "api/graphql/schema.hpp"
#include "loop/workers.hpp"

namespace monitron::api {

class GraphqlDoor {
 public:
  struct Settings {
    bool introspection = false;
    std::chrono::milliseconds time{5000};  // of one request, waiting included
  };

  // Adds its routes to `router`, which has all the others or gets them before it serves.
  GraphqlDoor(http::Router& router, std::string_view openapi, Settings settings);

  const graphql::Schema& schema() const { return schema_; }
  std::chrono::milliseconds time() const { return settings_.time; }

  // See http::Router::count.
  std::chrono::seconds count(const http::Caller& caller) const { return router_.count(caller); }

  // Errors have the codes that clients know. Threads: any.
  graphql::Checked<graphql::PreparedRequest> prepare(const graphql::Request& request) const;
  // As the request's caller, on the calling thread. `root`: the event of a subscription.
  graphql::Response execute(const graphql::PreparedRequest& prepared, const http::Request& request,
                            Asking::Deadline deadline, const std::any& root = {}) const;

 private:
  void serve(const std::shared_ptr<http::Exchange>& exchange);
  http::Response answer(const http::Request& request, Media media, Asking::Deadline deadline) const;

  const http::Router& router_;
  const Settings settings_;
  const Description description_;
  const graphql::Schema schema_;
  loop::Workers workers_;  // last: its threads use the rest
};

}  // namespace monitron::api
