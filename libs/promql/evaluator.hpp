#pragma once
// Walks an expression and sends its rows on, one after the other. What one kind of expression does
// is in a file of its own; each of these takes the evaluator to get the rows of its operands.
//
// Rows of one expression have different labels. Their order is unspecified, but for what sort(),
// topk() and the like put in order.

#include "promql/ast.hpp"
#include "promql/query.hpp"
#include "promql/rows.hpp"

namespace monitron::promql {

// Samples of one series, stale markers left out.
using EmitPoints =
    std::function<Result<void>(const Labels& labels, std::span<const Sample> points)>;

// The ends of the windows that a range has at each step.
struct Windows {
  std::int64_t range_ms = 0;
  std::int64_t offset_ms = 0;
  std::optional<std::int64_t> fixed_ms{};  // @: the same at each step

  std::int64_t end(const Steps& steps, std::size_t i) const {
    return fixed_ms.value_or(steps.at(i)) - offset_ms;
  }
};

class Evaluator {
 public:
  // start and end are those of the whole query, for `@ start()`.
  Evaluator(Source& source, Budget& budget, const Options& options, std::int64_t start_ms,
            std::int64_t end_ms);

  Budget& budget() { return budget_; }

  // Of an instant vector.
  Result<void> stream(const Expr& expr, const Steps& steps, const Emit& emit);
  Result<Rows> collect(const Expr& expr, const Steps& steps);
  // Of a scalar.
  Result<Values> scalars(const Expr& expr, const Steps& steps);
  // Room for a row.
  Result<Values> values(const Steps& steps, double value = 0) {
    return Values::make(budget_, steps.count, value);
  }

  enum class What { value, timestamp };
  Result<void> select(const VectorSelector& selector, const Steps& steps, What what,
                      const Emit& emit);

  // Of a range vector: all samples that its windows need. `function` is what they are for.
  Windows windows(const Expr& range) const;
  Result<void> points(const Expr& range, const Steps& steps, std::string_view function,
                      const EmitPoints& emit);

 private:
  std::optional<std::int64_t> fixed(const std::optional<AtModifier>& at) const;
  Result<void> dispatch(const Expr& expr, const Steps& steps, const Emit& emit);
  Result<void> selected_points(const MatrixSelector& range, const Steps& steps,
                               std::string_view function, const EmitPoints& emit);
  // Without stale markers.
  Result<void> fresh(const Labels& labels, std::span<const Sample> samples, const EmitPoints& emit);
  Result<void> subquery_points(const Subquery& subquery, const Steps& steps,
                               const EmitPoints& emit);

  Source& source_;
  Budget& budget_;
  Options options_;
  std::int64_t start_ms_;
  std::int64_t end_ms_;
};

// One for each kind of expression. Faults as in query.hpp.
Result<void> eval_call(Evaluator& evaluator, const Call& call, const Steps& steps,
                       const Emit& emit);
Result<void> eval_binary(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                         const Emit& emit);
Result<void> eval_aggregate(Evaluator& evaluator, const Aggregate& aggregate, const Steps& steps,
                            const Emit& emit);
Result<Values> scalar_call(Evaluator& evaluator, const Call& call, const Steps& steps);
Result<Values> scalar_binary(Evaluator& evaluator, const Binary& binary, const Steps& steps);

}  // namespace monitron::promql
