#pragma once
// Aggregations that need no more than a few numbers per step: rows are folded in one by one.

#include "promql/ast.hpp"

#include <memory>
#include <span>

namespace monitron::promql {

class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void add(std::span<const double> values) = 0;
  virtual void finish(std::span<double> values) const = 0;
};

std::size_t accumulator_bytes(AggregateOp op, std::size_t steps);
// Null for topk, bottomk, quantile, count_values.
std::unique_ptr<Accumulator> make_accumulator(AggregateOp op, std::size_t steps);

}  // namespace monitron::promql
