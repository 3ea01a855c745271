#pragma once
// Executes an operation that was parsed, validated and limited (see request.hpp), on the thread
// that calls. https://spec.graphql.org/October2021/#sec-Execution
//
// Level by level, not field by field: all objects of one type at one place of the answer are one
// group, and each field of a group is resolved by one call (see resolver.hpp). The top fields of a
// mutation are executed one after the other, each with everything below it.

#include "graphql/request.hpp"

namespace monitron::graphql {

struct Response {
  std::optional<Json> data{};  // absent: nothing was executed; null: an error took everything
  std::vector<RequestError> errors{};
};

// {"errors", "data"}. Text from resolvers may be no UTF-8: dump it with error_handler_t::replace.
Json to_json(const Response& response);

struct ExecutionOptions {
  void* context = nullptr;  // handed to every resolver
  // True when the request has no time left: what is not resolved yet fails with `timeout`.
  std::function<bool()> expired{};
  // Told to the client at most; places beyond are null without a word, and a last error counts
  // them.
  std::size_t errors = 100;
  // Told of every fault `bug` with its text, which the client does not get, for the log.
  std::function<void(const std::string& field, const Error& error)> on_bug{};
};

// `root` is the parent of the top fields: nothing for queries and mutations, the event for
// subscriptions.
Response execute(const Schema& schema, const PreparedRequest& request,
                 const ExecutionOptions& options = {}, const std::any& root = {});

// The source of a subscription's events; each of them is then the root of an execution.
Result<std::any> create_source(const Schema& schema, const PreparedRequest& request, void* context);

}  // namespace monitron::graphql
