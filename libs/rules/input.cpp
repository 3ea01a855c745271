#include "rules/input.hpp"

#include "promql/analysis.hpp"

#include <algorithm>

namespace monitron::rules {
namespace {

using promql::BinaryOp;
using Card = promql::VectorMatching::Card;

// How a comparison of two vectors changes the labels of what passes it.
void note_matching(const promql::VectorMatching& matching, Input& input) {
  switch (matching.card) {
    case Card::one_to_one:
    case Card::one_to_many:  // the labels are those of the other side, but for these
      input.names = matching.labels;
      input.only = matching.on;
      break;
    case Card::many_to_one:
      input.names = matching.include;
      break;
    case Card::many_to_many:
      break;
  }
}

}  // namespace

domain::LabelSet Input::key(const domain::LabelSet& labels) const {
  domain::LabelSet key;
  for (const auto& [name, value] : labels) {
    const bool named = std::find(names.begin(), names.end(), name) != names.end();
    if (named == only) key.emplace(name, value);
  }
  return key;
}

Input input_of(const promql::Expr& expr) {
  const auto* binary = promql::as<promql::Binary>(expr);
  if (binary != nullptr && (binary->op == BinaryOp::and_ || binary->op == BinaryOp::unless)) {
    return input_of(binary->left);
  }
  if (binary == nullptr || !promql::is_comparison(binary->op)) return {expr, false, {}, false};
  Input input;
  input.expr = binary->left->type == promql::ValueType::scalar ? binary->right : binary->left;
  if (binary->matching) note_matching(*binary->matching, input);
  return input;
}

}  // namespace monitron::rules
