#include "promql/analysis.hpp"

#include "promql/operators.hpp"
#include "promql/overload.hpp"

#include <algorithm>
#include <array>

namespace monitron::promql {

namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// They look at the time of evaluation, so `@` in their argument fixes nothing.
bool depends_on_time(const Call& call) {
  constexpr std::array<std::string_view, 11> kNames{
      "time", "timestamp",     "predict_linear", "day_of_month", "day_of_week", "day_of_year",
      "hour", "days_in_month", "minute",         "month",        "year"};
  return std::find(kNames.begin(), kNames.end(), call.function->name) != kNames.end();
}

bool all_same(const std::vector<Expr>& arguments) {
  return std::all_of(arguments.begin(), arguments.end(), same_at_every_step);
}

// The metric name stays what it is in the argument.
bool keeps_names(std::string_view function) {
  return function == "sort" || function == "sort_desc" || function == "last_over_time" ||
         function == "label_ip";
}

bool differ(const Call& call) {
  const auto name = call.function->name;
  if (name == "label_replace" || name == "label_join") return false;
  return !keeps_names(name) || differ_without_name(call.arguments.front());
}

bool is_vector(const Expr& expr) { return expr->type == ValueType::vector; }

bool differ(const Binary& binary) {
  if (binary.op == BinaryOp::or_) return false;
  if (is_set(binary.op)) return differ_without_name(binary.left);
  const bool included = binary.matching && contains(binary.matching->include, kMetricName);
  if (drops_name(binary) && (binary.return_bool || !included)) return true;
  if (!is_vector(binary.left)) return differ_without_name(binary.right);
  if (!is_vector(binary.right)) return differ_without_name(binary.left);
  return false;
}

bool differ(const VectorSelector& selector) {
  return std::any_of(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& m) {
    return m.name() == kMetricName && m.kind() == MatchKind::equal && !m.value().empty();
  });
}

bool differ(const Aggregate& aggregate) {
  if (aggregate.op == AggregateOp::topk || aggregate.op == AggregateOp::bottomk) {
    return differ_without_name(aggregate.inner);
  }
  if (aggregate.op == AggregateOp::count_values) return false;
  return aggregate.without || !contains(aggregate.grouping, kMetricName);
}

bool keeps_order(const Call& call) {
  return call.function->result == ValueType::vector && !call.arguments.empty() &&
         call.function->name != "histogram_quantile";
}

bool ordered_call(const Call& call) {
  const auto name = call.function->name;
  if (name == "sort" || name == "sort_desc") return true;
  return keeps_order(call) && std::any_of(call.arguments.begin(), call.arguments.end(), is_ordered);
}

// Only with a scalar, or as the left side of a filter, rows go through one by one.
bool ordered_binary(const Binary& binary) {
  if (!is_vector(binary.left)) return is_ordered(binary.right);
  const bool filter = binary.op == BinaryOp::and_ || binary.op == BinaryOp::unless;
  return (filter || !is_vector(binary.right)) && is_ordered(binary.left);
}

}  // namespace

const Expr& bare(const Expr& expr) {
  const Expr* at = &expr;
  while (true) {
    const auto* paren = std::get_if<Paren>(&(*at)->kind);
    if (paren == nullptr || paren->plus) return *at;
    at = &paren->inner;
  }
}

const std::string& text_of(const Expr& expr) {
  const auto* literal = as<StringLiteral>(expr);
  MONITRON_EXPECTS(literal != nullptr);
  return literal->value;
}

bool same_at_every_step(const Expr& expr) {
  return std::visit(
      Overload{
          [](const NumberLiteral&) { return true; },
          [](const StringLiteral&) { return true; },
          [](const VectorSelector& s) { return s.at.has_value(); },
          [](const MatrixSelector& m) { return m.selector.at.has_value(); },
          [](const Subquery& s) { return s.at.has_value(); },
          [](const UnaryMinus& u) { return same_at_every_step(u.inner); },
          [](const Paren& p) { return same_at_every_step(p.inner); },
          [](const Binary& b) { return same_at_every_step(b.left) && same_at_every_step(b.right); },
          [](const Aggregate& a) {
            return same_at_every_step(a.inner) && (!a.parameter || same_at_every_step(a.parameter));
          },
          [](const Call& c) { return !depends_on_time(c) && all_same(c.arguments); },
      },
      expr->kind);
}

bool differ_without_name(const Expr& expr) {
  return std::visit(Overload{
                        [](const VectorSelector& s) { return differ(s); },
                        [](const MatrixSelector& m) { return differ(m.selector); },
                        [](const Subquery& s) { return differ_without_name(s.inner); },
                        [](const Paren& p) { return differ_without_name(p.inner); },
                        [](const Binary& b) { return differ(b); },
                        [](const Aggregate& a) { return differ(a); },
                        [](const Call& c) { return differ(c); },
                        [](const auto&) { return true; },
                    },
                    expr->kind);
}

bool is_ordered(const Expr& expr) {
  return std::visit(Overload{
                        [](const Paren& p) { return is_ordered(p.inner); },
                        [](const UnaryMinus& u) { return is_ordered(u.inner); },
                        [](const Binary& b) { return ordered_binary(b); },
                        [](const Aggregate& a) {
                          return a.op == AggregateOp::topk || a.op == AggregateOp::bottomk;
                        },
                        [](const Call& c) { return ordered_call(c); },
                        [](const auto&) { return false; },
                    },
                    expr->kind);
}

}  // namespace monitron::promql
