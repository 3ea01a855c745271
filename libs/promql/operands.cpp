// Grammar: what stands between the operators.

#include "base/text.hpp"
#include "promql/grammar.hpp"
#include "promql/parser.hpp"
#include "promql/quote.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace monitron::promql {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

// 0x1f, and 017 as octal.
std::optional<double> parse_integer(std::string_view text) {
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const bool hex = text[1] == 'x' || text[1] == 'X';
    base = hex ? 16 : 8;
    text.remove_prefix(hex ? 2 : 1);
  }
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return static_cast<double>(number);
}

std::string fixed(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[400];
  return {buffer, static_cast<std::size_t>(std::snprintf(buffer, sizeof buffer, "%f", value))};
}

}  // namespace

std::optional<double> Grammar::number_value(const Token& token) {
  if (const auto lower = to_lower(token.text); lower == "inf" || lower == "nan") {
    return lower == "inf" ? kInf : kNaN;
  }
  if (const auto integer = parse_integer(token.text)) return integer;
  double number = 0;
  const auto* end = token.text.data() + token.text.size();
  const auto [stop, error] = std::from_chars(token.text.data(), end, number);
  // Too small is zero, too large is refused; from_chars calls both out of range.
  if (error == std::errc::result_out_of_range && stop == end) {
    number = std::strtod(std::string(token.text).c_str(), nullptr);
    if (std::isfinite(number)) return number;
  }
  if (error == std::errc{} && stop == end) return number;
  const bool range = error == std::errc::result_out_of_range && stop == end;
  complain(token.at, "error parsing number: strconv.ParseFloat: parsing " + quote(token.text) +
                         (range ? ": value out of range" : ": invalid syntax"));
  return std::nullopt;
}

Expr Grammar::primary() {
  switch (token_.kind) {
    case TokenKind::number:
      return number();
    case TokenKind::string:
      return string();
    case TokenKind::left_paren:
      return parenthesis();
    default:
      return is_name() || is(TokenKind::left_brace) ? selector() : Expr(unexpected());
  }
}

Expr Grammar::number() {
  const auto token = token_;
  advance();
  const auto value = number_value(token);
  return value ? make(NumberLiteral{*value}, token.at, ValueType::scalar, 1) : nullptr;
}

Expr Grammar::string() {
  const auto token = token_;
  advance();
  return make(StringLiteral{token.value}, token.at, ValueType::string, 1);
}

Expr Grammar::parenthesis() {
  const auto begin = token_.at;
  advance();
  auto inner = expression(0);
  if (!inner) return nullptr;
  if (!is(TokenKind::right_paren)) return unexpected();
  advance();
  const auto type = inner->type;
  const int depth = inner->depth + 1;
  return make(Paren{std::move(inner)}, begin, type, depth);
}

// A selector, or what begins like one: a call, an aggregation.
Expr Grammar::selector() {
  const auto first = token_;
  if (is(TokenKind::aggregate)) {
    // A metric may be called sum; what follows decides.
    auto ahead = lexer_;
    const auto next = ahead.next().kind;
    const bool aggregates =
        next == TokenKind::left_paren || next == TokenKind::by || next == TokenKind::without;
    if (aggregates) return aggregate();
  }
  if (is(TokenKind::identifier)) {
    auto ahead = lexer_;
    if (ahead.next().kind == TokenKind::left_paren) {
      advance();
      return call(first);
    }
  }
  auto made = bare_selector();
  return made ? make(std::move(*made), first.at, ValueType::vector, 1) : nullptr;
}

std::optional<VectorSelector> Grammar::bare_selector() {
  VectorSelector made;
  if (!is(TokenKind::left_brace)) {
    made.name = token_.text;
    advance();
  }
  if (is(TokenKind::left_brace) && !braces(made.matchers)) return std::nullopt;
  if (!made.name.empty()) {
    auto name = Matcher::make(MatchKind::equal, std::string(kMetricName), made.name);
    if (name) made.matchers.push_back(std::move(*name));
  }
  return made;
}

bool Grammar::braces(std::vector<Matcher>& matchers) {
  advance();
  while (!is(TokenKind::right_brace)) {
    if (!matcher(matchers)) return false;
    if (is(TokenKind::right_brace)) break;
    if (!is(TokenKind::comma)) return unexpected("label matching", R"("," or "}")") != nullptr;
    advance();
  }
  advance();
  return true;
}

bool Grammar::matcher(std::vector<Matcher>& matchers) {
  constexpr std::string_view kWhere = "label matching";
  if (!is(TokenKind::identifier)) {
    return unexpected(kWhere, R"(identifier or "}")") != nullptr;
  }
  const auto label = token_;
  advance();
  MatchKind kind = MatchKind::equal;
  if (is_op(BinaryOp::ne)) {
    kind = MatchKind::not_equal;
  } else if (is(TokenKind::equal_regex)) {
    kind = MatchKind::regex;
  } else if (is(TokenKind::not_regex)) {
    kind = MatchKind::not_regex;
  } else if (!is(TokenKind::assign)) {
    return unexpected(kWhere, "label matching operator") != nullptr;
  }
  advance();
  if (!is(TokenKind::string)) return unexpected(kWhere, "string") != nullptr;
  auto made = Matcher::make(kind, std::string(label.text), token_.value);
  if (!made) return complain(label.at, made.error().text) != nullptr;
  matchers.push_back(std::move(*made));
  advance();
  return true;
}

Expr Grammar::modified(Expr expr) {
  while (expr) {
    if (is(TokenKind::left_bracket)) {
      expr = range(std::move(expr));
    } else if (is(TokenKind::offset)) {
      expr = offset(expr);
    } else if (is(TokenKind::at)) {
      expr = at_time(expr);
    } else {
      break;
    }
  }
  return expr;
}

std::optional<std::int64_t> Grammar::duration() {
  const auto token = token_;
  advance();
  const auto parsed = parse_duration(token.text);
  if (!parsed) {
    complain(token.at, parsed.error().text);
    return std::nullopt;
  }
  if (*parsed == 0) {
    complain(token.at, "duration must be greater than 0");
    return std::nullopt;
  }
  return *parsed;
}

Expr Grammar::range(Expr expr) {
  const auto bracket = token_.at;
  advance();
  if (!is(TokenKind::duration)) return unexpected("subquery selector", "duration");
  const auto range_ms = duration();
  if (!range_ms) return nullptr;
  if (is(TokenKind::colon)) return subquery(std::move(expr), *range_ms);
  if (!is(TokenKind::right_bracket)) return unexpected("subquery or range", R"(":" or "]")");
  advance();
  const auto* selector = std::get_if<VectorSelector>(&expr->kind);
  if (selector == nullptr) {
    return complain(bracket, "ranges only allowed for vector selectors");
  }
  if (selector->offset_ms != 0) {
    return complain(bracket, "no offset modifiers allowed before range");
  }
  // start() and end() are let through there: so does Prometheus.
  if (selector->at && selector->at->kind == AtModifier::Kind::time) {
    return complain(bracket, "no @ modifiers allowed before range");
  }
  return make(MatrixSelector{.selector = *selector, .range_ms = *range_ms}, expr->span.begin,
              ValueType::matrix, 1);
}

Expr Grammar::subquery(Expr expr, std::int64_t range_ms) {
  advance();
  Subquery made{.inner = std::move(expr), .range_ms = range_ms};
  if (is(TokenKind::duration)) {
    made.step_ms = duration();
    if (!made.step_ms) return nullptr;
    if (!is(TokenKind::right_bracket)) return unexpected("subquery selector", "\"]\"");
  } else if (!is(TokenKind::right_bracket)) {
    return unexpected("subquery selector", R"(duration or "]")");
  }
  advance();
  const auto begin = made.inner->span.begin;
  const int depth = made.inner->depth + 1;
  return make(std::move(made), begin, ValueType::matrix, depth);
}

namespace {

// The expression with its offset and @ changed by `change`, which says what is wrong, or nothing.
template <class Change>
std::string change_times(Node::Kind& kind, std::string_view modifier, Change change) {
  if (auto* selector = std::get_if<VectorSelector>(&kind)) {
    return change(selector->offset_ms, selector->at);
  }
  if (auto* matrix = std::get_if<MatrixSelector>(&kind)) {
    return change(matrix->selector.offset_ms, matrix->selector.at);
  }
  if (auto* subquery = std::get_if<Subquery>(&kind)) {
    return change(subquery->offset_ms, subquery->at);
  }
  return std::string(modifier) +
         " modifier must be preceded by an instant vector selector or range vector selector or a "
         "subquery";
}

}  // namespace

Expr Grammar::offset(const Expr& expr) {
  advance();
  const bool back = is_op(BinaryOp::sub);
  if (back) advance();
  if (!is(TokenKind::duration)) return unexpected("offset", "duration");
  const auto amount = duration();
  if (!amount) return nullptr;
  auto kind = expr->kind;
  const auto wrong =
      change_times(kind, "offset", [&](std::int64_t& offset_ms, auto&) -> std::string {
        if (offset_ms != 0) return "offset may not be set multiple times";
        offset_ms = back ? -*amount : *amount;
        return {};
      });
  if (!wrong.empty()) return complain(expr->span.begin, wrong);
  return make(std::move(kind), expr->span.begin, expr->type, expr->depth);
}

// start() or end(), or a number with a sign.
std::optional<AtModifier> Grammar::timestamp(std::size_t begin) {
  const bool at_start = is(TokenKind::start_call);
  if (!at_start && !is(TokenKind::end_call)) return literal_timestamp(begin);
  advance();
  for (const auto parenthesis : {TokenKind::left_paren, TokenKind::right_paren}) {
    if (!accept(parenthesis)) {
      unexpected("@", "timestamp");
      return std::nullopt;
    }
  }
  return AtModifier{.kind = at_start ? AtModifier::Kind::start : AtModifier::Kind::end};
}

std::optional<AtModifier> Grammar::literal_timestamp(std::size_t begin) {
  const bool minus = is_op(BinaryOp::sub);
  if (minus || is_op(BinaryOp::add)) advance();
  if (!is(TokenKind::number)) {
    unexpected("@", "timestamp");
    return std::nullopt;
  }
  const auto token = token_;
  advance();
  const auto number = number_value(token);
  if (!number) return std::nullopt;
  const double seconds = minus ? -*number : *number;
  const double ms = std::round(seconds * 1000);
  if (!(std::abs(ms) < 9.2e18)) {
    complain(begin, "timestamp out of bounds for @ modifier: " + fixed(seconds));
    return std::nullopt;
  }
  return AtModifier{.time_ms = static_cast<std::int64_t>(ms)};
}

Expr Grammar::at_time(const Expr& expr) {
  advance();
  const auto time = timestamp(expr->span.begin);
  if (!time) return nullptr;
  auto kind = expr->kind;
  const auto wrong =
      change_times(kind, "@", [&](auto&, std::optional<AtModifier>& at) -> std::string {
        if (at) return "@ <timestamp> may not be set multiple times";
        at = *time;
        return {};
      });
  if (!wrong.empty()) return complain(expr->span.begin, wrong);
  return make(std::move(kind), expr->span.begin, expr->type, expr->depth);
}

}  // namespace monitron::promql
