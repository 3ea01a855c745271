#include "promql/limit.hpp"

#include "promql/parser.hpp"

namespace monitron::promql {
namespace {

// Below parentheses and signs.
bool is_number(const Expr& expr) {
  if (const auto* paren = std::get_if<Paren>(&expr->kind)) return is_number(paren->inner);
  if (const auto* minus = std::get_if<UnaryMinus>(&expr->kind)) return is_number(minus->inner);
  return std::holds_alternative<NumberLiteral>(expr->kind);
}

Expr number(double value) {
  auto node = std::make_shared<Node>();
  node->type = ValueType::scalar;
  node->kind = NumberLiteral{value};
  return node;
}

}  // namespace

Result<std::string> with_limit(const Expr& expr, double limit) {
  if (const auto* paren = std::get_if<Paren>(&expr->kind)) return with_limit(paren->inner, limit);
  const auto* binary = std::get_if<Binary>(&expr->kind);
  if (binary == nullptr || !is_comparison(binary->op)) {
    return fail(Fault::invalid, "the expression is no comparison");
  }
  auto changed = *binary;
  if (is_number(changed.right)) {
    changed.right = number(limit);
  } else if (is_number(changed.left)) {
    changed.left = number(limit);
  } else {
    return fail(Fault::invalid, "the expression compares with no number");
  }
  auto node = std::make_shared<Node>(*expr);
  node->kind = std::move(changed);
  return to_string(node);
}

}  // namespace monitron::promql
