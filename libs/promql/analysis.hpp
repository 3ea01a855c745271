#pragma once
// What can be said of an expression before it is evaluated.

#include "promql/ast.hpp"

namespace monitron::promql {

// Without parentheses around it; one with a plus sign is no selector any more.
const Expr& bare(const Expr& expr);

template <class Kind>
const Kind* as(const Expr& expr) {
  return std::get_if<Kind>(&bare(expr)->kind);
}

// Of a string literal.
const std::string& text_of(const Expr& expr);

// Has the same value at every step, since all that it selects is fixed by `@`.
bool same_at_every_step(const Expr& expr);

// Its rows differ in more than the metric name, so that none become equal when it is dropped.
bool differ_without_name(const Expr& expr);

// An instant query gives its rows in an order that was asked for.
bool is_ordered(const Expr& expr);

}  // namespace monitron::promql
