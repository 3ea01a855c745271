#include "promql/calls.hpp"
#include "promql/operators.hpp"

#include <cmath>

namespace monitron::promql {

namespace {

Result<void> with_scalar(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                         const Emit& emit) {
  const bool scalar_left = binary.left->type == ValueType::scalar;
  const Expr& vector = scalar_left ? binary.right : binary.left;
  auto scalars = evaluator.scalars(scalar_left ? binary.left : binary.right, steps);
  if (!scalars) return fail(std::move(scalars.error()));
  const bool filter = is_comparison(binary.op) && !binary.return_bool;
  const auto change = [&](std::span<double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (is_absent(values[i])) continue;
      const double value = values[i];
      const double scalar = (*scalars)[i];
      const double result =
          scalar_left ? combined(binary, scalar, value) : combined(binary, value, scalar);
      // What passes a filter is the element of the vector, whichever side it is on.
      values[i] = filter && is_present(result) ? value : result;
    }
  };
  if (drops_name(binary)) return changed(evaluator, vector, steps, change, emit);
  return evaluator.stream(vector, steps, [&](const RowView& row) {
    change(row.values);
    return any_present(row.values) ? emit(row) : Result<void>{};
  });
}

}  // namespace

double arithmetic(BinaryOp op, double left, double right) {
  switch (op) {
    case BinaryOp::add:
      return left + right;
    case BinaryOp::sub:
      return left - right;
    case BinaryOp::mul:
      return left * right;
    case BinaryOp::div:
      return left / right;
    case BinaryOp::mod:
      return std::fmod(left, right);
    case BinaryOp::pow:
      return std::pow(left, right);
    default:
      return std::atan2(left, right);
  }
}

bool comparison(BinaryOp op, double left, double right) {
  switch (op) {
    case BinaryOp::eq:
      return left == right;
    case BinaryOp::ne:
      return left != right;
    case BinaryOp::gt:
      return left > right;
    case BinaryOp::lt:
      return left < right;
    case BinaryOp::ge:
      return left >= right;
    default:
      return left <= right;
  }
}

double combined(const Binary& binary, double left, double right) {
  if (!is_comparison(binary.op)) return arithmetic(binary.op, left, right);
  const bool holds = comparison(binary.op, left, right);
  if (binary.return_bool) return holds ? 1 : 0;
  return holds ? left : kAbsent;
}

Result<void> eval_binary(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                         const Emit& emit) {
  if (is_set(binary.op)) return join_sets(evaluator, binary, steps, emit);
  const bool two_vectors =
      binary.left->type == ValueType::vector && binary.right->type == ValueType::vector;
  return two_vectors ? match_vectors(evaluator, binary, steps, emit)
                     : with_scalar(evaluator, binary, steps, emit);
}

Result<Values> scalar_binary(Evaluator& evaluator, const Binary& binary, const Steps& steps) {
  auto left = evaluator.scalars(binary.left, steps);
  if (!left) return left;
  auto right = evaluator.scalars(binary.right, steps);
  if (!right) return right;
  for (std::size_t i = 0; i < steps.count; ++i) {
    auto& value = (*left)[i];
    value = is_comparison(binary.op) ? double(comparison(binary.op, value, (*right)[i]))
                                     : arithmetic(binary.op, value, (*right)[i]);
  }
  return left;
}

}  // namespace monitron::promql
