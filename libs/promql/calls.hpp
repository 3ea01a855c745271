#pragma once
// Calls of functions, by what they take. Faults as in query.hpp.

#include "promql/evaluator.hpp"

namespace monitron::promql {

using CallOf = Result<void> (*)(Evaluator&, const Call&, const Steps&, const Emit&);

Result<void> range_call(Evaluator& evaluator, const Call& call, const Steps& steps,
                        const Emit& emit);
Result<void> histogram_quantile(Evaluator& evaluator, const Call& call, const Steps& steps,
                                const Emit& emit);
Result<void> label_replace(Evaluator& evaluator, const Call& call, const Steps& steps,
                           const Emit& emit);
Result<void> label_ip(Evaluator& evaluator, const Call& call, const Steps& steps, const Emit& emit);
Result<void> label_join(Evaluator& evaluator, const Call& call, const Steps& steps,
                        const Emit& emit);

// Changes the values of the first argument's rows, present or not, and drops their names.
using Change = std::function<void(std::span<double>)>;
Result<void> changed(Evaluator& evaluator, const Expr& argument, const Steps& steps,
                     const Change& change, const Emit& emit);

// Value by value; null: no such function.
using OfOne = double (*)(double);
OfOne math_function(std::string_view name);
OfOne date_function(std::string_view name);  // of seconds since 1970

}  // namespace monitron::promql
