#pragma once
// Pure.

#include <span>

namespace monitron::series {

// The sum of doubles, as if computed exactly and then rounded once: the same in whatever order.
// NaN if one of them is, or if both infinities are among them.
double exact_sum(std::span<const double> values);

}  // namespace monitron::series
