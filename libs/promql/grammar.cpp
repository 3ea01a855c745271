#include "promql/grammar.hpp"

#include "promql/parser.hpp"
#include "promql/quote.hpp"

#include <algorithm>

namespace monitron::promql {

namespace {

constexpr int kSignPrecedence = 6;  // a sign binds like *, so its operand takes ^ alone

int precedence(BinaryOp op) {
  switch (op) {
    case BinaryOp::or_:
      return 1;
    case BinaryOp::and_:
    case BinaryOp::unless:
      return 2;
    case BinaryOp::add:
    case BinaryOp::sub:
      return 4;
    case BinaryOp::mul:
    case BinaryOp::div:
    case BinaryOp::mod:
    case BinaryOp::atan2:
      return 5;
    case BinaryOp::pow:
      return 6;
    default:
      return 3;
  }
}

ValueType type_of(BinaryOp, const Expr& left, const Expr& right) {
  const bool scalars = left->type == ValueType::scalar && right->type == ValueType::scalar;
  return scalars ? ValueType::scalar : ValueType::vector;
}

}  // namespace

void Grammar::advance() {
  last_end_ = token_.end();
  token_ = lexer_.next();
}

bool Grammar::accept(TokenKind kind) {
  if (!is(kind)) return false;
  advance();
  return true;
}

std::nullptr_t Grammar::complain(std::size_t at, std::string text) {
  if (!complaint_) complaint_ = Complaint{at, std::move(text)};
  return nullptr;
}

std::nullptr_t Grammar::unexpected(std::string_view where, std::string_view expected) {
  if (is(TokenKind::error)) return complain(token_.at, token_.value);
  if (where.empty() && aggregates_ > 0) where = "aggregation";
  auto text = "unexpected " + describe(token_);
  if (!where.empty()) (text += " in ") += where;
  if (!expected.empty()) (text += ", expected ") += expected;
  return complain(token_.at, std::move(text));
}

std::nullptr_t Grammar::chain_too_long(std::size_t at) {
  return complain(at, "expression has more than " + std::to_string(kMaxChain) +
                          " operations one upon the other");
}

Expr Grammar::make(Node::Kind kind, std::size_t begin, ValueType type, int depth) {
  if (depth > kMaxChain) return chain_too_long(begin);
  return std::make_shared<const Node>(Node{.kind = std::move(kind),
                                           .span = {.begin = begin, .end = last_end_},
                                           .type = type,
                                           .depth = depth});
}

bool Grammar::is_name() const {
  switch (token_.kind) {
    case TokenKind::identifier:
    case TokenKind::metric_identifier:
    case TokenKind::aggregate:
    case TokenKind::by:
    case TokenKind::without:
    case TokenKind::offset:
    case TokenKind::start_call:
    case TokenKind::end_call:
      return true;
    case TokenKind::op:
      return is_set(token_.op);
    default:
      return false;
  }
}

bool Grammar::is_label() const {
  switch (token_.kind) {
    case TokenKind::on:
    case TokenKind::ignoring:
    case TokenKind::group_left:
    case TokenKind::group_right:
    case TokenKind::bool_:
      return true;
    case TokenKind::metric_identifier:
    case TokenKind::without:
      return false;
    default:
      return is_name() || is_op(BinaryOp::atan2);
  }
}

bool Grammar::begins_expression() const {
  return is_name() || is(TokenKind::number) || is(TokenKind::string) || is(TokenKind::left_paren) ||
         is(TokenKind::left_brace) || is_op(BinaryOp::add) || is_op(BinaryOp::sub);
}

Expr Grammar::expression_to_end() {
  if (is(TokenKind::end)) return complain(0, "no expression found in input");
  auto expr = expression(0);
  if (!expr) return nullptr;
  if (!is(TokenKind::end)) return unexpected();
  return expr;
}

std::optional<VectorSelector> Grammar::selector_to_end() {
  if (!is_name() && !is(TokenKind::left_brace)) {
    unexpected();
    return std::nullopt;
  }
  auto selector = bare_selector();
  if (selector && !is(TokenKind::end)) unexpected();
  return complaint_ ? std::nullopt : selector;
}

Expr Grammar::expression(int least_precedence) {
  auto left = operand();
  while (left && is(TokenKind::op) && precedence(token_.op) >= least_precedence) {
    const auto op = token_.op;
    advance();
    left = binary(op, std::move(left));
  }
  return left;
}

Expr Grammar::operand() {
  if (nesting_ >= kMaxDepth) {
    return complain(token_.at,
                    "expression is nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }
  ++nesting_;
  auto expr = is_op(BinaryOp::add) || is_op(BinaryOp::sub) ? signed_operand() : modified(primary());
  --nesting_;
  return expr;
}

// -2 is a number; -2^2 is -(2^2).
Expr Grammar::signed_operand() {
  const auto sign = token_;
  advance();
  auto inner = expression(kSignPrecedence);
  if (!inner) return nullptr;
  const bool minus = sign.op == BinaryOp::sub;
  if (const auto* literal = std::get_if<NumberLiteral>(&inner->kind)) {
    return make(NumberLiteral{minus ? -literal->value : literal->value}, sign.at, inner->type, 1);
  }
  const auto type = inner->type;
  const int depth = inner->depth + 1;
  if (!minus) return make(Paren{.inner = std::move(inner), .plus = true}, sign.at, type, depth);
  return make(UnaryMinus{std::move(inner)}, sign.at, type, depth);
}

Expr Grammar::binary(BinaryOp op, Expr left) {
  Binary made{.op = op, .left = std::move(left), .right = nullptr};
  made.return_bool = accept(TokenKind::bool_);
  std::optional<VectorMatching> written;
  if (!matching(written)) return nullptr;
  // Of equal operators the left one binds first, but for ^, whose chains are read from inside this
  // function: what they become is counted on the way down, before the stack ends.
  if (chain_ >= kMaxChain) return chain_too_long(token_.at);
  ++chain_;
  made.right = expression(precedence(op) + (op == BinaryOp::pow ? 0 : 1));
  --chain_;
  if (!made.right) return nullptr;
  const bool vectors =
      made.left->type == ValueType::vector && made.right->type == ValueType::vector;
  if (vectors || (written && !written->labels.empty())) {
    made.matching = written.value_or(VectorMatching{});
    using Card = VectorMatching::Card;
    if (is_set(op) && made.matching->card == Card::one_to_one) {
      made.matching->card = Card::many_to_many;
    }
  }
  const auto begin = made.left->span.begin;
  const auto type = type_of(op, made.left, made.right);
  const int depth = std::max(made.left->depth, made.right->depth) + 1;
  return make(std::move(made), begin, type, depth);
}

bool Grammar::matching(std::optional<VectorMatching>& out) {
  if (!is(TokenKind::on) && !is(TokenKind::ignoring)) return true;
  VectorMatching made{.on = is(TokenKind::on)};
  advance();
  auto labels = grouping();
  if (!labels) return false;
  made.labels = std::move(*labels);
  const bool left = is(TokenKind::group_left);
  if (left || is(TokenKind::group_right)) {
    advance();
    made.card = left ? VectorMatching::Card::many_to_one : VectorMatching::Card::one_to_many;
    const bool none = begins_expression() && !is(TokenKind::left_paren);
    auto include = none ? std::vector<std::string>{} : grouping();
    if (!include) return false;
    made.include = std::move(*include);
  }
  out = std::move(made);
  return true;
}

// (a, b), also () and (a,).
Grammar::Names Grammar::grouping() {
  constexpr std::string_view kWhere = "grouping opts";
  std::vector<std::string> labels;
  if (!is(TokenKind::left_paren)) {
    unexpected(kWhere, "\"(\"");
    return std::nullopt;
  }
  advance();
  while (!is(TokenKind::right_paren)) {
    if (!is_label()) {
      unexpected(kWhere, "label");
      return std::nullopt;
    }
    labels.emplace_back(token_.text);
    advance();
    if (is(TokenKind::right_paren)) break;
    if (!is(TokenKind::comma)) {
      unexpected(kWhere, "\",\" or \")\"");
      return std::nullopt;
    }
    advance();
  }
  advance();
  return labels;
}

Expr Grammar::aggregate() {
  const auto op = token_;
  advance();
  Aggregate made{.op = op.aggregate, .inner = nullptr, .parameter = nullptr};
  ++aggregates_;
  const auto modifier = [&] {
    made.without = is(TokenKind::without);
    advance();
    auto labels = grouping();
    if (labels) made.grouping = std::move(*labels);
    return labels.has_value();
  };
  const auto is_modifier = [&] { return is(TokenKind::by) || is(TokenKind::without); };
  const bool before = is_modifier();
  if (before && !modifier()) return nullptr;
  if (!is(TokenKind::left_paren)) return unexpected();
  auto inside = arguments();
  --aggregates_;
  if (!inside || (!before && is_modifier() && !modifier())) return nullptr;
  if (is(TokenKind::error)) return unexpected();
  return make_aggregate(op, std::move(made), std::move(*inside));
}

Expr Grammar::make_aggregate(const Token& op, Aggregate made, std::vector<Expr> arguments) {
  if (arguments.empty()) {
    return complain(op.at, "no arguments for aggregate expression provided");
  }
  const bool with_parameter = made.op >= AggregateOp::topk;
  const std::size_t wanted = with_parameter ? 2 : 1;
  if (arguments.size() != wanted) {
    return complain(op.at,
                    "wrong number of arguments for aggregate expression provided, expected " +
                        std::to_string(wanted) + ", got " + std::to_string(arguments.size()));
  }
  made.inner = std::move(arguments.back());
  if (with_parameter) made.parameter = std::move(arguments.front());
  const int depth = std::max(made.inner->depth, made.parameter ? made.parameter->depth : 0) + 1;
  return make(std::move(made), op.at, ValueType::vector, depth);
}

Expr Grammar::call(const Token& name) {
  auto list = arguments();
  if (!list) return nullptr;
  const auto* function = find_function(name.text);
  if (function == nullptr) {
    return complain(name.at, "unknown function with name " + quote(name.text));
  }
  int depth = 0;
  for (const auto& argument : *list) depth = std::max(depth, argument->depth);
  return make(Call{.function = function, .arguments = std::move(*list)}, name.at, function->result,
              depth + 1);
}

// From "(" to ")".
std::optional<std::vector<Expr>> Grammar::arguments() {
  std::vector<Expr> list;
  advance();
  if (!is(TokenKind::right_paren) && !argument_list(list)) return std::nullopt;
  advance();
  return list;
}

bool Grammar::argument_list(std::vector<Expr>& list) {
  while (true) {
    auto argument = expression(0);
    if (!argument) return false;
    list.push_back(std::move(argument));
    if (is(TokenKind::right_paren)) return true;
    if (!is(TokenKind::comma)) return unexpected() != nullptr;
    const auto comma = token_.at;
    advance();
    if (begins_expression()) continue;
    if (is(TokenKind::error)) return unexpected() != nullptr;
    return complain(comma, "trailing commas not allowed in function call args") != nullptr;
  }
}

}  // namespace monitron::promql
