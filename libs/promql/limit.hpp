#pragma once
// The number that an expression compares with.

#include "base/result.hpp"
#include "promql/ast.hpp"

namespace monitron::promql {

// The same expression with another number in its top-level comparison: the right side of it, else
// the left one. Fault: invalid, when it is no comparison with a number.
Result<std::string> with_limit(const Expr& expr, double limit);

}  // namespace monitron::promql
