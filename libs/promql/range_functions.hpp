#pragma once
// Functions of range vectors: from the samples of a window to a value.

#include "promql/rows.hpp"

#include <memory>

namespace monitron::promql {

struct Window {
  std::span<const Sample> points;  // not empty
  std::int64_t start_ms = 0;       // both inclusive
  std::int64_t end_ms = 0;
  std::int64_t eval_ms = 0;
  std::size_t step = 0;
};

// For one query, series after series.
class RangeFunction {
 public:
  virtual ~RangeFunction() = default;
  // Windows of these samples follow, in the order of time.
  virtual void begin(std::span<const Sample>) {}
  virtual double at(const Window& window) = 0;  // kAbsent: none
};

// `scalars` are the other arguments, with a value for each step. Fault: invalid.
Result<std::unique_ptr<RangeFunction>> make_range_function(std::string_view name,
                                                           std::vector<Values> scalars);

// The families that it is put together from; null: no function of the family.
std::unique_ptr<RangeFunction> make_rate(std::string_view name);
std::unique_ptr<RangeFunction> make_over_time(std::string_view name);
Result<std::unique_ptr<RangeFunction>> make_trend(std::string_view name,
                                                  std::vector<Values>& scalars);

}  // namespace monitron::promql
