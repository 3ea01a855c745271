// Expressions as Prometheus prints them: one line, the fewest parentheses that were written.

#include "promql/parser.hpp"
#include "promql/quote.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace monitron::promql {

namespace {

std::string print(const Node& node);

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

// As Go prints a float by itself: the fewest digits, with an exponent from 1e+06 on and below
// 1e-04.
std::string print_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[64];
  auto* const limit = buffer + sizeof buffer;
  auto* end = std::to_chars(buffer, limit, value, std::chars_format::scientific).ptr;
  const std::string text(buffer, end);
  const int exponent = std::atoi(text.c_str() + text.find('e') + 1);
  if (exponent < -4 || exponent >= 6) return text;
  end = std::to_chars(buffer, limit, value, std::chars_format::fixed).ptr;
  return {buffer, end};
}

std::string print_times(std::int64_t offset_ms, const std::optional<AtModifier>& at) {
  std::string out;
  if (at && at->kind != AtModifier::Kind::time) {
    out = at->kind == AtModifier::Kind::start ? " @ start()" : " @ end()";
  } else if (at) {
    char buffer[32];
    const auto ms = std::abs(at->time_ms % 1000);
    const auto seconds = at->time_ms / 1000;
    const auto* sign = at->time_ms < 0 ? "-" : "";
    std::snprintf(buffer, sizeof buffer, " @ %s%lld.%03lld", sign,
                  static_cast<long long>(std::abs(seconds)), static_cast<long long>(ms));
    out = buffer;
  }
  if (offset_ms > 0) out += " offset " + format_duration(offset_ms);
  if (offset_ms < 0) out += " offset -" + format_duration(-offset_ms);
  return out;
}

std::string print_selector(const VectorSelector& selector) {
  std::vector<std::string> conditions;
  for (const auto& matcher : selector.matchers) {
    const bool is_name = !selector.name.empty() && matcher.name() == kMetricName;
    if (!is_name) conditions.push_back(matcher.str());
  }
  std::sort(conditions.begin(), conditions.end());
  if (conditions.empty()) return selector.name.empty() ? "{}" : selector.name;
  return selector.name + '{' + join(conditions, ",") + '}';
}

std::string print_kind(const NumberLiteral& number) { return print_number(number.value); }
std::string print_kind(const StringLiteral& string) { return quote(string.value); }
std::string print_kind(const VectorSelector& selector) {
  return print_selector(selector) + print_times(selector.offset_ms, selector.at);
}
std::string print_kind(const MatrixSelector& matrix) {
  return print_selector(matrix.selector) + '[' + format_duration(matrix.range_ms) + ']' +
         print_times(matrix.selector.offset_ms, matrix.selector.at);
}
std::string print_kind(const Subquery& subquery) {
  return print(*subquery.inner) + '[' + format_duration(subquery.range_ms) + ':' +
         (subquery.step_ms ? format_duration(*subquery.step_ms) : "") + ']' +
         print_times(subquery.offset_ms, subquery.at);
}
std::string print_kind(const UnaryMinus& unary) { return '-' + print(*unary.inner); }
std::string print_kind(const Paren& paren) {
  return paren.plus ? '+' + print(*paren.inner) : '(' + print(*paren.inner) + ')';
}

std::string print_matching(const VectorMatching& matching) {
  using Card = VectorMatching::Card;
  const bool grouped = matching.card == Card::many_to_one || matching.card == Card::one_to_many;
  if (!matching.on && matching.labels.empty() && !grouped) return {};
  std::string out = matching.on ? " on (" : " ignoring (";
  out += join(matching.labels, ", ") + ')';
  if (!grouped) return out;
  out += matching.card == Card::many_to_one ? " group_left (" : " group_right (";
  return out + join(matching.include, ", ") + ')';
}
std::string print_kind(const Binary& binary) {
  return print(*binary.left) + ' ' + std::string(to_string(binary.op)) +
         (binary.return_bool ? " bool" : "") +
         (binary.matching ? print_matching(*binary.matching) : "") + ' ' + print(*binary.right);
}

std::string print_kind(const Aggregate& aggregate) {
  std::string out(to_string(aggregate.op));
  if (aggregate.without || !aggregate.grouping.empty()) {
    out += aggregate.without ? " without (" : " by (";
    out += join(aggregate.grouping, ", ") + ") ";
  }
  out += '(';
  if (aggregate.parameter) out += print(*aggregate.parameter) + ", ";
  return out + print(*aggregate.inner) + ')';
}

std::string print_kind(const Call& call) {
  std::vector<std::string> arguments;
  for (const auto& argument : call.arguments) arguments.push_back(print(*argument));
  return std::string(call.function->name) + '(' + join(arguments, ", ") + ')';
}

std::string print(const Node& node) {
  return std::visit([](const auto& kind) { return print_kind(kind); }, node.kind);
}

}  // namespace

std::string to_string(const Expr& expr) { return print(*expr); }

}  // namespace monitron::promql
