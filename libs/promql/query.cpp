#include "promql/query.hpp"

#include "promql/analysis.hpp"
#include "promql/evaluator.hpp"

#include <algorithm>

namespace monitron::promql {

namespace {

bool by_labels(const Series& a, const Series& b) { return a.labels < b.labels; }

template <class Kind>
Result<Outcome> outcome_of(Kind value) {
  Result<Outcome> outcome;
  outcome->value.emplace<Kind>(std::move(value));
  return outcome;
}

Result<Outcome> instant_scalar(const Expr& expr, Evaluator& evaluator, const Steps& steps) {
  const auto values = evaluator.scalars(expr, steps);
  if (!values) return fail(values.error());
  return outcome_of(Scalar{{steps.start_ms, values->front()}});
}

Result<Outcome> instant_vector(const Expr& expr, Evaluator& evaluator, const Steps& steps,
                               Budget& budget) {
  Vector vector;
  Hold hold(budget);
  auto read = evaluator.stream(expr, steps, [&](const RowView& row) -> Result<void> {
    const double value = row.values.front();
    if (is_absent(value)) return {};
    if (auto taken = budget.take_samples(1); !taken) return taken;
    VectorElement element{row.own_labels(), {steps.start_ms, value}};
    auto held = hold.add(sizeof element + element.labels.pairs().size() * sizeof(Labels::Pair));
    vector.push_back(std::move(element));
    return held;
  });
  if (!read) return fail(std::move(read.error()));
  if (!is_ordered(expr)) {
    std::sort(vector.begin(), vector.end(),
              [](const VectorElement& a, const VectorElement& b) { return a.labels < b.labels; });
  }
  return outcome_of(std::move(vector));
}

// The samples themselves, of a range selector or a subquery.
Result<Outcome> instant_matrix(const Expr& expr, Evaluator& evaluator, const Steps& steps,
                               Budget& budget) {
  Matrix matrix;
  Hold hold(budget);
  auto read = evaluator.points(
      expr, steps, {}, [&](const Labels& labels, std::span<const Sample> points) -> Result<void> {
        if (points.empty()) return {};
        if (auto taken = budget.take_samples(points.size()); !taken) return taken;
        if (auto held = hold.add(sizeof(Series) + points.size_bytes()); !held) return held;
        matrix.push_back({labels, {points.begin(), points.end()}});
        return {};
      });
  if (!read) return fail(std::move(read.error()));
  std::sort(matrix.begin(), matrix.end(), by_labels);
  return outcome_of(std::move(matrix));
}

Series series_of(const RowView& row, const Steps& steps) {
  Series series{row.own_labels(), {}};
  const auto present = std::count_if(row.values.begin(), row.values.end(), is_present);
  series.samples.reserve(static_cast<std::size_t>(present));
  for (std::size_t i = 0; i < steps.count; ++i) {
    if (is_present(row.values[i])) series.samples.push_back({steps.at(i), row.values[i]});
  }
  return series;
}

// 11,000.
std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

Result<void> check_range(const Expr& expr, const Range& range, const Limits& limits) {
  if (range.end_ms < range.start_ms) {
    return fail(Fault::invalid, "end timestamp must not be before start time");
  }
  if (range.step_ms <= 0) {
    return fail(Fault::invalid,
                "zero or negative query resolution step widths are not accepted. Try a positive "
                "integer");
  }
  if (expr->type != ValueType::scalar && expr->type != ValueType::vector) {
    return fail(Fault::invalid, "invalid expression type \"" + std::string(to_string(expr->type)) +
                                    "\" for range query, must be Scalar or instant Vector");
  }
  const auto steps = static_cast<std::uint64_t>((range.end_ms - range.start_ms) / range.step_ms);
  if (steps <= limits.steps) return {};
  return fail(Fault::invalid, "exceeded maximum resolution of " + with_commas(limits.steps) +
                                  " points per timeseries. Try decreasing the query resolution "
                                  "(?step=XX)");
}

}  // namespace

Result<Outcome> query_instant(const Expr& expr, std::int64_t time_ms, Source& source,
                              Budget& budget, const Options& options) {
  Evaluator evaluator(source, budget, options, time_ms, time_ms);
  const Steps steps{time_ms, 1, 1};
  switch (expr->type) {
    case ValueType::scalar:
      return instant_scalar(expr, evaluator, steps);
    case ValueType::vector:
      return instant_vector(expr, evaluator, steps, budget);
    case ValueType::matrix:
      return instant_matrix(expr, evaluator, steps, budget);
    case ValueType::string:
      break;
  }
  return outcome_of(String{time_ms, text_of(expr)});
}

Result<Outcome> query_range(const Expr& expr, const Range& range, Source& source, Budget& budget,
                            const Options& options) {
  if (auto good = check_range(expr, range, budget.limits()); !good) return fail(good.error());
  const auto count = static_cast<std::size_t>((range.end_ms - range.start_ms) / range.step_ms) + 1;
  const Steps steps{range.start_ms, range.step_ms, count};
  Evaluator evaluator(source, budget, options, range.start_ms, range.end_ms);
  Matrix matrix;
  Hold hold(budget);
  const auto add = [&](const RowView& row) -> Result<void> {
    Series series = series_of(row, steps);
    if (series.samples.empty()) return {};
    if (auto taken = budget.take_samples(series.samples.size()); !taken) return taken;
    auto held = hold.add(sizeof(Series) + series.samples.size() * sizeof(Sample));
    matrix.push_back(std::move(series));
    return held;
  };
  Result<void> read;
  if (expr->type == ValueType::scalar) {
    auto values = evaluator.scalars(expr, steps);
    if (!values) return fail(std::move(values.error()));
    const Labels none;
    read = add({&none, false, *values});
  } else {
    read = evaluator.stream(expr, steps, add);
  }
  if (!read) return fail(std::move(read.error()));
  std::sort(matrix.begin(), matrix.end(), by_labels);
  return outcome_of(std::move(matrix));
}

}  // namespace monitron::promql
