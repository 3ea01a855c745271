#include "head/needs.hpp"

#include <algorithm>

namespace monitron::head {
namespace {

// Walks an expression; `reach_ms`: how far back what surrounds it may evaluate it.
class Walk {
 public:
  explicit Walk(std::int64_t lookback_ms) : lookback_ms_(lookback_ms) {}

  void expr(const promql::Expr& expr, std::int64_t reach_ms) {
    if (!expr) return;
    std::visit([&](const auto& node) { visit(node, reach_ms); }, expr->kind);
  }

  std::vector<Need> needs;
  bool fixed_time = false;

 private:
  void visit(const promql::NumberLiteral&, std::int64_t) {}
  void visit(const promql::StringLiteral&, std::int64_t) {}
  void visit(const promql::VectorSelector& node, std::int64_t reach_ms) {
    add(node, reach_ms + lookback_ms_);
  }
  void visit(const promql::MatrixSelector& node, std::int64_t reach_ms) {
    add(node.selector, reach_ms + node.range_ms);
  }
  void visit(const promql::Subquery& node, std::int64_t reach_ms) {
    note(node.at);
    expr(node.inner, reach_ms + node.range_ms + node.offset_ms);
  }
  void visit(const promql::UnaryMinus& node, std::int64_t reach_ms) { expr(node.inner, reach_ms); }
  void visit(const promql::Paren& node, std::int64_t reach_ms) { expr(node.inner, reach_ms); }
  void visit(const promql::Binary& node, std::int64_t reach_ms) {
    expr(node.left, reach_ms);
    expr(node.right, reach_ms);
  }
  void visit(const promql::Aggregate& node, std::int64_t reach_ms) {
    expr(node.inner, reach_ms);
    expr(node.parameter, reach_ms);
  }
  void visit(const promql::Call& node, std::int64_t reach_ms) {
    for (const auto& argument : node.arguments) expr(argument, reach_ms);
  }

  void add(const promql::VectorSelector& selector, std::int64_t keep_ms) {
    note(selector.at);
    needs.push_back(
        {selector.matchers, std::max<std::int64_t>(0, keep_ms + selector.offset_ms), {}});
  }
  void note(const std::optional<promql::AtModifier>& at) {
    if (at && at->kind == promql::AtModifier::Kind::time) fixed_time = true;
  }

  const std::int64_t lookback_ms_;
};

}  // namespace

std::string key_of(const std::vector<promql::Matcher>& matchers) {
  std::vector<std::string> texts;
  for (const auto& matcher : matchers) texts.push_back(matcher.str());
  std::sort(texts.begin(), texts.end());
  std::string key;
  for (const auto& text : texts) key.append(text).append(",");
  return key;
}

Result<std::vector<Need>> needs_of(const promql::Expr& expr, std::int64_t lookback_ms) {
  Walk walk(lookback_ms);
  walk.expr(expr, 0);
  if (walk.fixed_time) {
    return fail(Fault::invalid, "a rule cannot look at a fixed time (@ with a number)");
  }
  for (const auto& need : walk.needs) {
    if (need.keep_ms <= kLongestKeepMs) continue;
    return fail(Fault::invalid, "a rule cannot look back further than 31 days");
  }
  return std::move(walk.needs);
}

}  // namespace monitron::head
