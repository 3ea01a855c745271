#pragma once
// What the grammar lets pass and the language does not: wrong types, wrong numbers of arguments,
// matching where there is nothing to match, selectors that select everything.

#include "promql/ast.hpp"

#include <optional>
#include <string>

namespace monitron::promql {

struct Complaint {
  std::size_t at = 0;  // byte offset
  std::string text;
};

// The first thing wrong with the expression, in Prometheus's order.
std::optional<Complaint> check_types(std::string_view text, const Node& node);

// Whether some matcher keeps series out that do not have its label.
bool selects_something(const std::vector<Matcher>& matchers);

}  // namespace monitron::promql
