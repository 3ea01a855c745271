#include "promql/check_types.hpp"

#include "promql/quote.hpp"

#include <algorithm>

namespace monitron::promql {

namespace {

using Found = std::optional<Complaint>;

class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  Found check(const Node& node) {
    return std::visit([&](const auto& kind) { return visit(node, kind); }, node.kind);
  }

 private:
  Found visit(const Node&, const NumberLiteral&) { return {}; }
  Found visit(const Node&, const StringLiteral&) { return {}; }
  Found visit(const Node& node, const Paren& paren) {
    return paren.plus ? signed_operand(node, *paren.inner) : check(*paren.inner);
  }
  Found visit(const Node& node, const MatrixSelector& matrix) {
    return visit(node, matrix.selector);
  }
  Found visit(const Node& node, const VectorSelector& selector);
  Found visit(const Node& node, const Subquery& subquery);
  Found visit(const Node& node, const UnaryMinus& unary) {
    return signed_operand(node, *unary.inner);
  }
  Found visit(const Node& node, const Binary& binary);
  Found visit(const Node& node, const Aggregate& aggregate);
  Found visit(const Node& node, const Call& call);

  Found expect(const Node& node, ValueType type, const std::string& where);
  Found signed_operand(const Node& node, const Node& inner);
  Found modifiers(const Binary& binary);
  Found matching(const Node& node, const Binary& binary);
  std::size_t place_of_operator(const Binary& binary) const;

  std::string_view text_;
};

bool is_number_or_vector(ValueType type) {
  return type == ValueType::scalar || type == ValueType::vector;
}

// The names that Prometheus's type has in messages about subqueries.
std::string_view short_name(ValueType type) {
  return type == ValueType::matrix ? "matrix" : to_string(type);
}

std::size_t start_of(const Node& node) { return node.span.begin; }

Found Checker::expect(const Node& node, ValueType type, const std::string& where) {
  if (auto found = check(node)) return found;
  if (node.type == type) return {};
  return Complaint{start_of(node), "expected type " + std::string(to_string(type)) + " in " +
                                       where + ", got " + std::string(to_string(node.type))};
}

Found Checker::visit(const Node& node, const VectorSelector& selector) {
  if (selector.name.empty()) {
    if (selects_something(selector.matchers)) return {};
    return Complaint{start_of(node), "vector selector must contain at least one non-empty matcher"};
  }
  // The name written before the braces is the last matcher.
  for (std::size_t at = 0; at + 1 < selector.matchers.size(); ++at) {
    if (selector.matchers[at].name() != kMetricName) continue;
    return Complaint{start_of(node), "metric name must not be set twice: " + quote(selector.name) +
                                         " or " + quote(selector.matchers[at].value())};
  }
  return {};
}

Found Checker::visit(const Node& node, const Subquery& subquery) {
  if (auto found = check(*subquery.inner)) return found;
  if (subquery.inner->type == ValueType::vector) return {};
  return Complaint{start_of(node), "subquery is only allowed on instant vector, got " +
                                       std::string(short_name(subquery.inner->type)) + " instead"};
}

Found Checker::signed_operand(const Node& node, const Node& inner) {
  if (auto found = check(inner)) return found;
  if (is_number_or_vector(inner.type)) return {};
  return Complaint{start_of(node),
                   "unary expression only allowed on expressions of type scalar or instant "
                   "vector, got \"" +
                       std::string(to_string(inner.type)) + '"'};
}

std::size_t Checker::place_of_operator(const Binary& binary) const {
  const auto at = text_.find_first_not_of(" \t\r\n", binary.left->span.end);
  return std::min(at, binary.right->span.begin);
}

Found Checker::modifiers(const Binary& binary) {
  const auto complain = [&](std::string words) {
    return Complaint{place_of_operator(binary), std::move(words)};
  };
  if (binary.return_bool && !is_comparison(binary.op)) {
    return complain("bool modifier can only be used on comparison operators");
  }
  const bool scalars =
      binary.left->type == ValueType::scalar && binary.right->type == ValueType::scalar;
  if (is_comparison(binary.op) && !binary.return_bool && scalars) {
    return complain("comparisons between scalars must use BOOL modifier");
  }
  if (!binary.matching || !binary.matching->on) return {};
  for (const auto& label : binary.matching->labels) {
    const auto& include = binary.matching->include;
    if (std::find(include.begin(), include.end(), label) == include.end()) continue;
    return complain("label " + quote(label) + " must not occur in ON and GROUP clause at once");
  }
  return {};
}

Found Checker::matching(const Node& node, const Binary& binary) {
  const bool vectors =
      binary.left->type == ValueType::vector && binary.right->type == ValueType::vector;
  const std::string op = quote(to_string(binary.op));
  if (!vectors && binary.matching && !binary.matching->labels.empty()) {
    return Complaint{start_of(node), "vector matching only allowed between instant vectors"};
  }
  if (!is_set(binary.op)) return {};
  if (!vectors) {
    return Complaint{start_of(node),
                     "set operator " + op + " not allowed in binary scalar expression"};
  }
  if (binary.matching && binary.matching->card != VectorMatching::Card::many_to_many) {
    return Complaint{start_of(node), "no grouping allowed for " + op + " operation"};
  }
  return {};
}

Found Checker::visit(const Node& node, const Binary& binary) {
  if (auto found = check(*binary.left)) return found;
  if (auto found = check(*binary.right)) return found;
  if (auto found = modifiers(binary)) return found;
  for (const auto& side : {binary.left, binary.right}) {
    if (is_number_or_vector(side->type)) continue;
    return Complaint{start_of(*side),
                     "binary expression must contain only scalar and instant vector types"};
  }
  return matching(node, binary);
}

Found Checker::visit(const Node&, const Aggregate& aggregate) {
  if (auto found = expect(*aggregate.inner, ValueType::vector, "aggregation expression")) {
    return found;
  }
  if (!aggregate.parameter) return {};
  const auto type =
      aggregate.op == AggregateOp::count_values ? ValueType::string : ValueType::scalar;
  return expect(*aggregate.parameter, type, "aggregation parameter");
}

Found Checker::visit(const Node& node, const Call& call) {
  const auto& function = *call.function;
  const auto given = call.arguments.size();
  const auto known = function.arguments.size();
  const auto complain = [&](std::string_view bound, std::size_t count) {
    return Complaint{start_of(node), "expected " + std::string(bound) + std::to_string(count) +
                                         " argument(s) in call to " + quote(function.name) +
                                         ", got " + std::to_string(given)};
  };
  const bool endless = function.optional_arguments < 0;
  const auto optional = endless ? 1 : static_cast<std::size_t>(function.optional_arguments);
  if (optional == 0 && given != known) return complain("", known);
  if (given < known - optional) return complain("at least ", known - optional);
  if (!endless && given > known) return complain("at most ", known);
  for (std::size_t at = 0; at < given; ++at) {
    const auto type = function.arguments[std::min(at, known - 1)];
    const auto where = "call to function " + quote(function.name);
    if (auto found = expect(*call.arguments[at], type, where)) return found;
  }
  return {};
}

}  // namespace

bool selects_something(const std::vector<Matcher>& matchers) {
  return std::any_of(matchers.begin(), matchers.end(),
                     [](const Matcher& matcher) { return !matcher.matches(""); });
}

std::optional<Complaint> check_types(std::string_view text, const Node& node) {
  return Checker(text).check(node);
}

}  // namespace monitron::promql
