#include "promql/evaluator.hpp"

#include "promql/analysis.hpp"
#include "promql/overload.hpp"

namespace monitron::promql {

namespace {

// Evaluated at the first step only, and sent with its value at each.
Emit at_every_step(const Emit& emit, Values& values) {
  return [&emit, &values](const RowView& row) {
    std::fill(values.begin(), values.end(), row.values.front());
    return emit({row.labels, row.name_dropped, values});
  };
}

Result<void> negate(Evaluator& evaluator, const UnaryMinus& minus, const Steps& steps,
                    const Emit& emit) {
  const auto flip = [](const RowView& row) {
    for (auto& value : row.values) {
      if (is_present(value)) value = -value;
    }
  };
  if (differ_without_name(minus.inner)) {
    return evaluator.stream(minus.inner, steps, [&](const RowView& row) {
      flip(row);
      return emit({row.labels, true, row.values});
    });
  }
  Merge merge(evaluator.budget(), Merge::Rule::apart);
  auto read = evaluator.stream(minus.inner, steps, [&](const RowView& row) {
    flip(row);
    return merge.add(RowView{row.labels, true, row.values}.own_labels(), row.values);
  });
  return read ? merge.emit(emit) : read;
}

}  // namespace

Evaluator::Evaluator(Source& source, Budget& budget, const Options& options, std::int64_t start_ms,
                     std::int64_t end_ms)
    : source_(source), budget_(budget), options_(options), start_ms_(start_ms), end_ms_(end_ms) {}

std::optional<std::int64_t> Evaluator::fixed(const std::optional<AtModifier>& at) const {
  if (!at) return {};
  switch (at->kind) {
    case AtModifier::Kind::start:
      return start_ms_;
    case AtModifier::Kind::end:
      return end_ms_;
    case AtModifier::Kind::time:
      break;
  }
  return at->time_ms;
}

Result<void> Evaluator::stream(const Expr& expr, const Steps& steps, const Emit& emit) {
  if (steps.count == 0) return {};
  if (auto going = budget_.check(); !going) return going;
  if (steps.count == 1 || !same_at_every_step(expr)) return dispatch(expr, steps, emit);
  auto row = values(steps);
  if (!row) return fail(std::move(row.error()));
  return dispatch(expr, {steps.start_ms, steps.step_ms, 1}, at_every_step(emit, *row));
}

Result<void> Evaluator::dispatch(const Expr& expr, const Steps& steps, const Emit& emit) {
  return std::visit(
      Overload{
          [&](const VectorSelector& s) { return select(s, steps, What::value, emit); },
          [&](const UnaryMinus& u) { return negate(*this, u, steps, emit); },
          [&](const Paren& p) { return stream(p.inner, steps, emit); },
          [&](const Binary& b) { return eval_binary(*this, b, steps, emit); },
          [&](const Aggregate& a) { return eval_aggregate(*this, a, steps, emit); },
          [&](const Call& c) { return eval_call(*this, c, steps, emit); },
          [](const auto&) { return Result<void>(fail(Fault::bug, "not an instant vector")); },
      },
      expr->kind);
}

Result<Rows> Evaluator::collect(const Expr& expr, const Steps& steps) {
  Rows rows(budget_);
  auto read = stream(expr, steps, [&rows](const RowView& row) { return rows.add(row); });
  if (!read) return fail(std::move(read.error()));
  return rows;
}

Result<Values> Evaluator::scalars(const Expr& expr, const Steps& steps) {
  if (auto going = budget_.check(); !going) return fail(std::move(going.error()));
  return std::visit(
      Overload{
          [&](const NumberLiteral& n) { return values(steps, n.value); },
          [&](const UnaryMinus& u) {
            auto negative = scalars(u.inner, steps);
            if (negative) {
              for (auto& value : *negative) value = -value;
            }
            return negative;
          },
          [&](const Paren& p) { return scalars(p.inner, steps); },
          [&](const Binary& b) { return scalar_binary(*this, b, steps); },
          [&](const Call& c) { return scalar_call(*this, c, steps); },
          [](const auto&) { return Result<Values>(fail(Fault::bug, "not a scalar")); },
      },
      expr->kind);
}

}  // namespace monitron::promql
