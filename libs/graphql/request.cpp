#include "graphql/request.hpp"

#include "graphql/validation.hpp"
#include "graphql/values.hpp"

#include <algorithm>

namespace monitron::graphql {

namespace {

// https://spec.graphql.org/October2021/#GetOperation()
Checked<std::size_t> choose(const Document& document, const std::string& name) {
  const auto refuse = [](const char* message) {
    return tl::unexpected(std::vector<RequestError>{{.message = message, .code = "operation"}});
  };
  const auto& all = document.operations;
  if (name.empty()) {
    if (all.size() == 1) return std::size_t{0};
    return refuse(all.empty() ? "There is no operation."
                              : "There is more than one operation: which one must be named.");
  }
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Operation& one) { return one.name == name; });
  if (found == all.end()) return refuse("There is no operation of that name.");
  return static_cast<std::size_t>(found - all.begin());
}

}  // namespace

Checked<PreparedRequest> prepare(const Schema& schema, const Request& request,
                                 const Limits& limits) {
  auto document = parse(request.query, limits.parse);
  if (!document) return tl::unexpected(std::move(document.error()));
  if (auto errors = beyond_limits(*document, limits); !errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  if (auto errors = validate(schema, *document); !errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  const auto chosen = choose(*document, request.operation_name);
  if (!chosen) return tl::unexpected(chosen.error());
  auto variables = coerce_variables(schema, document->operations[*chosen], request.variables);
  if (!variables) return tl::unexpected(std::move(variables.error()));
  PreparedRequest prepared{*std::move(document), *chosen, *std::move(variables)};
  if (auto errors = beyond_limits(schema, prepared.document, prepared.operation(),
                                  prepared.variables, limits);
      !errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  return prepared;
}

}  // namespace monitron::graphql
