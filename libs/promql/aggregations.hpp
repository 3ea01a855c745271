#pragma once
// Aggregations by what they have to hold. Faults as in query.hpp.

#include "promql/evaluator.hpp"

namespace monitron::promql {

// topk, bottomk: rows of their input, with the values that are among the k.
Result<void> ranked(Evaluator& evaluator, const Aggregate& aggregate, const Steps& steps,
                    const Emit& emit);
Result<void> quantile(Evaluator& evaluator, const Aggregate& aggregate, const Steps& steps,
                      const Emit& emit);
Result<void> count_values(Evaluator& evaluator, const Aggregate& aggregate, const Steps& steps,
                          const Emit& emit);

}  // namespace monitron::promql
