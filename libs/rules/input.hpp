#pragma once
// What a rule in PromQL reads, as opposed to what it makes of it: the left side of the comparison
// at the top of its expression (the right one, where the left is a number). By it an element that
// is well is told from one that is missing. Pure.

#include "domain/threshold.hpp"
#include "promql/ast.hpp"

namespace monitron::rules {

struct Input {
  promql::Expr expr{};      // all of it, where there is no comparison
  bool is_compared = true;  // there is one
  // The labels by which an element of the result is known among those of the input: all but
  // `names`, or only those.
  std::vector<std::string> names{};
  bool only = false;

  domain::LabelSet key(const domain::LabelSet& labels) const;
};

// Looks through parentheses, and at the left side of `and` and `unless`.
Input input_of(const promql::Expr& expr);

}  // namespace monitron::rules
