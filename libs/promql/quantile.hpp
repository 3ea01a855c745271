#pragma once

#include <vector>

namespace monitron::promql {

// Between the values nearest to it. Sorts `values`; NaN counts as the smallest.
double quantile_of(double q, std::vector<double>& values);

}  // namespace monitron::promql
