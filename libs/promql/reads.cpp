#include "promql/reads.hpp"

#include <algorithm>

namespace monitron::promql {
namespace {

// Walks an expression; `reach_ms`: how far back what surrounds it may evaluate it.
class Walk {
 public:
  explicit Walk(std::int64_t lookback_ms) : lookback_ms_(lookback_ms) {}

  void expr(const Expr& expr, std::int64_t reach_ms) {
    if (!expr) return;
    std::visit([&](const auto& node) { visit(node, reach_ms); }, expr->kind);
  }

  std::vector<Read> reads;
  bool fixed_time = false;

 private:
  void visit(const NumberLiteral&, std::int64_t) {}
  void visit(const StringLiteral&, std::int64_t) {}
  void visit(const VectorSelector& node, std::int64_t reach_ms) {
    add(node, reach_ms + lookback_ms_);
  }
  void visit(const MatrixSelector& node, std::int64_t reach_ms) {
    add(node.selector, reach_ms + node.range_ms);
  }
  void visit(const Subquery& node, std::int64_t reach_ms) {
    note(node.at);
    expr(node.inner, reach_ms + node.range_ms + node.offset_ms);
  }
  void visit(const UnaryMinus& node, std::int64_t reach_ms) { expr(node.inner, reach_ms); }
  void visit(const Paren& node, std::int64_t reach_ms) { expr(node.inner, reach_ms); }
  void visit(const Binary& node, std::int64_t reach_ms) {
    expr(node.left, reach_ms);
    expr(node.right, reach_ms);
  }
  void visit(const Aggregate& node, std::int64_t reach_ms) {
    expr(node.inner, reach_ms);
    expr(node.parameter, reach_ms);
  }
  void visit(const Call& node, std::int64_t reach_ms) {
    for (const auto& argument : node.arguments) expr(argument, reach_ms);
  }

  void add(const VectorSelector& selector, std::int64_t back_ms) {
    note(selector.at);
    reads.push_back({selector.matchers, std::max<std::int64_t>(0, back_ms + selector.offset_ms)});
  }
  void note(const std::optional<AtModifier>& at) {
    if (at && at->kind == AtModifier::Kind::time) fixed_time = true;
  }

  const std::int64_t lookback_ms_;
};

}  // namespace

Result<std::vector<Read>> reads_of(const Expr& expr, std::int64_t lookback_ms) {
  Walk walk(lookback_ms);
  walk.expr(expr, 0);
  if (walk.fixed_time) {
    return fail(Fault::invalid, "a rule cannot look at a fixed time (@ with a number)");
  }
  for (const auto& read : walk.reads) {
    if (read.back_ms <= kLongestReadMs) continue;
    return fail(Fault::invalid, "a rule cannot look back further than 31 days");
  }
  return std::move(walk.reads);
}

}  // namespace monitron::promql
