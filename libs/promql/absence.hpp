#pragma once
// absent() and absent_over_time().

#include "promql/ast.hpp"
#include "promql/rows.hpp"

namespace monitron::promql {

// What a selector's own conditions say of the series that is not there; no labels for other
// expressions.
Labels labels_of_absence(const Expr& expr);

// Where `values` has one, nothing is absent.
void mark_present(std::span<const double> values, std::span<double> absent);

}  // namespace monitron::promql
