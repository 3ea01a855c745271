#pragma once
// Evaluates expressions over a Source, series by series: a query holds its result and the samples
// of one series at a time, not all samples that it reads.

#include "promql/ast.hpp"
#include "promql/source.hpp"

#include <variant>

namespace monitron::promql {

struct Series {
  Labels labels;
  std::vector<Sample> samples;  // in time order
};

struct Scalar {
  Sample sample;
};
struct String {
  std::int64_t time_ms = 0;
  std::string value;
};
struct VectorElement {
  Labels labels;
  Sample sample;
};
using Vector = std::vector<VectorElement>;
using Matrix = std::vector<Series>;  // by labels, but for an instant query's sort(), topk() …
using Value = std::variant<Scalar, String, Vector, Matrix>;

struct Options {
  std::int64_t lookback_ms = 300'000;
  std::int64_t default_step_ms = 60'000;  // of subqueries without one
};

struct Outcome {
  Value value;
  std::vector<std::string> warnings{};
};

// Faults: invalid (the query cannot be evaluated as it is, in Prometheus's words: "multiple matches
// for labels: …", or it would take more than the budget has), timeout, and what the source says.
Result<Outcome> query_instant(const Expr& expr, std::int64_t time_ms, Source& source,
                              Budget& budget, const Options& options = {});
// Steps start, start + step … ≤ end.
struct Range {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::int64_t step_ms = 0;
};
// The value is a Matrix.
Result<Outcome> query_range(const Expr& expr, const Range& range, Source& source, Budget& budget,
                            const Options& options = {});

// As Prometheus writes a value: "NaN", "+Inf", shortest decimal that reads back the same.
std::string format_value(double value);

}  // namespace monitron::promql
