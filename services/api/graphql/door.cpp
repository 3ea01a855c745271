#include "api/graphql/door.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr const char* kPath = "/api/v1/graphql";
constexpr std::size_t kThreads = 6;
constexpr std::size_t kWaiting = 64;
constexpr double kCost = 50'000;
constexpr const char* kByWebSocket =
    "Subscriptions come by WebSocket, subprotocol graphql-transport-ws.";

// The codes of errors are written as everybody writes them: NOT_FOUND, VALIDATION; what is denied
// is FORBIDDEN.
void name_codes(std::vector<graphql::RequestError>& errors) {
  for (auto& error : errors) {
    if (error.code == "denied") error.code = "forbidden";
    std::transform(error.code.begin(), error.code.end(), error.code.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
  }
}

}  // namespace

GraphqlDoor::GraphqlDoor(http::Router& router, std::string_view openapi, Settings settings)
    : router_(router),
      settings_(settings),
      description_(openapi),
      schema_(graphql_schema(description_)),
      workers_("graphql", kThreads, kWaiting) {
  for (const auto method : {http::Method::get, http::Method::post}) {
    router.add_async(method, kPath, http::needs_somewhere("graphql:query"),
                     [this](const auto& exchange) { serve(exchange); });
  }
}

void GraphqlDoor::serve(const std::shared_ptr<http::Exchange>& exchange) {
  const auto deadline = std::chrono::steady_clock::now() + settings_.time;
  const auto media = media_of(exchange->request());
  if (!media) return exchange->send(refusal_of(Media::json, 406, media.error().text));
  const bool taken = workers_.run([this, exchange, media = *media, deadline] {
    exchange->send(answer(exchange->request(), media, deadline));
  });
  if (taken) return;
  auto busy = refusal_of(*media, 503, "Too many requests are waiting; try again.");
  busy.headers.emplace_back("Retry-After", "1");
  exchange->send(std::move(busy));
}

graphql::Checked<graphql::PreparedRequest> GraphqlDoor::prepare(
    const graphql::Request& request) const {
  const graphql::Limits limits{.cost = kCost, .introspection = settings_.introspection};
  auto prepared = graphql::prepare(schema_, request, limits);
  if (!prepared) name_codes(prepared.error());
  return prepared;
}

graphql::Response GraphqlDoor::execute(const graphql::PreparedRequest& prepared,
                                       const http::Request& request, Asking::Deadline deadline,
                                       const std::any& root) const {
  Asking asking(router_, request, deadline);
  graphql::ExecutionOptions options{.context = &asking};
  options.expired = [&asking] { return asking.expired(); };
  options.on_bug = [&request](const std::string& field, const Error& error) {
    log::error("graphql.failed", error.text,
               {{"field", field}, {"request_id", request.request_id}});
  };
  auto response = graphql::execute(schema_, prepared, options, root);
  name_codes(response.errors);
  return response;
}

http::Response GraphqlDoor::answer(const http::Request& request, Media media,
                                   Asking::Deadline deadline) const {
  const auto asked = request_of(request);
  if (!asked) return refusal_of(media, asked.error().status, asked.error().text);
  const auto prepared = prepare(*asked);
  if (!prepared) return answer_of(media, {.errors = prepared.error()});
  const auto kind = prepared->operation().kind;
  if (kind == graphql::OperationKind::subscription) {
    return answer_of(media, {.errors = {{.message = kByWebSocket, .code = "OPERATION"}}});
  }
  if (request.method != http::Method::post && kind != graphql::OperationKind::query) {
    auto refused = refusal_of(media, 405, "Only queries may come by GET.");
    refused.headers.emplace_back("Allow", "POST");
    return refused;
  }
  return answer_of(media, execute(*prepared, request, deadline));
}

}  // namespace monitron::api
