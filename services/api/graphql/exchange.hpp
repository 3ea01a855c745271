#pragma once
// Requests and answers of GraphQL over HTTP, as values.
// https://graphql.github.io/graphql-over-http/draft/

#include "graphql/execution.hpp"
#include "http/message.hpp"

namespace monitron::api {

// application/graphql-response+json has statuses; in application/json all is 200 that is a request
// of GraphQL, whatever is wrong with it.
enum class Media { json, graphql_response };

// What the client accepts. Fault: invalid when that is neither.
Result<Media> media_of(const http::Request& request);

// What is refused before it is a request of GraphQL.
struct NoRequest {
  int status = 400;
  std::string text{};
};
tl::expected<graphql::Request, NoRequest> request_of(const http::Request& request);

http::Response answer_of(Media media, const graphql::Response& response);
http::Response refusal_of(Media media, int status, std::string text);

}  // namespace monitron::api
