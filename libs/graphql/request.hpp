#pragma once
// A request on its way from text to execution: parsed, counted, validated, its operation chosen,
// its variables coerced, its depth and cost known to be small enough. In that order, so that each
// step may rely on the ones before.

#include "graphql/limits.hpp"

namespace monitron::graphql {

struct Request {
  std::string query{};
  std::string operation_name{};  // empty: the only one
  Json variables{};              // an object, or null for none
};

struct PreparedRequest {
  Document document{};
  std::size_t chosen = 0;  // of the operations
  Json variables{};        // coerced

  // Its kind is known before it is executed: mutations must not come by GET.
  const Operation& operation() const { return document.operations.at(chosen); }
};

// `extensions.code` of the errors: "syntax", "limits", "validation", "operation", "variables".
Checked<PreparedRequest> prepare(const Schema& schema, const Request& request,
                                 const Limits& limits = {});

}  // namespace monitron::graphql
