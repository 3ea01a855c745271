#pragma once
// The grammar, by precedence climbing over the lexer's tokens. The first thing wrong ends it: every
// function then returns nothing, and complaint() says what and where. Internal to parser.cpp.

#include "promql/check_types.hpp"
#include "promql/lexer.hpp"

#include <optional>

namespace monitron::promql {

class Grammar {
 public:
  explicit Grammar(std::string_view text) : text_(text), lexer_(text) { advance(); }

  Expr expression_to_end();
  // A selector without range, offset or @.
  std::optional<VectorSelector> selector_to_end();
  const std::optional<Complaint>& complaint() const { return complaint_; }

 private:
  using Names = std::optional<std::vector<std::string>>;

  Expr expression(int least_precedence);
  Expr operand();  // with a sign before and modifiers behind
  Expr signed_operand();
  Expr primary();
  Expr number();
  Expr string();
  Expr parenthesis();
  Expr selector();
  Expr call(const Token& name);
  Expr aggregate();

  // Modifiers behind an operand.
  Expr modified(Expr expr);
  Expr range(Expr expr);
  Expr subquery(Expr expr, std::int64_t range_ms);
  Expr offset(const Expr& expr);
  Expr at_time(const Expr& expr);
  std::optional<AtModifier> timestamp(std::size_t begin);
  std::optional<AtModifier> literal_timestamp(std::size_t begin);

  Expr binary(BinaryOp op, Expr left);
  bool matching(std::optional<VectorMatching>& out);
  Names grouping();
  std::optional<std::vector<Expr>> arguments();
  bool argument_list(std::vector<Expr>& list);
  Expr make_aggregate(const Token& op, Aggregate made, std::vector<Expr> arguments);
  bool braces(std::vector<Matcher>& matchers);
  bool matcher(std::vector<Matcher>& matchers);
  std::optional<VectorSelector> bare_selector();
  std::optional<std::int64_t> duration();
  std::optional<double> number_value(const Token& token);

  void advance();
  bool is(TokenKind kind) const { return token_.kind == kind; }
  bool is_op(BinaryOp op) const { return is(TokenKind::op) && token_.op == op; }
  bool accept(TokenKind kind);
  bool is_name() const;  // of a metric
  bool is_label() const;
  bool begins_expression() const;
  // Reports the token at hand. Both return nothing, for `return`.
  std::nullptr_t unexpected(std::string_view where = {}, std::string_view expected = {});
  std::nullptr_t complain(std::size_t at, std::string text);
  std::nullptr_t chain_too_long(std::size_t at);
  Expr make(Node::Kind kind, std::size_t begin, ValueType type, int depth);

  std::string_view text_;
  Lexer lexer_;
  Token token_;               // not yet taken
  std::size_t last_end_ = 0;  // of the token taken last
  int nesting_ = 0;
  int chain_ = 0;       // operators whose right side is being read
  int aggregates_ = 0;  // that we are inside of
  std::optional<Complaint> complaint_;
};

}  // namespace monitron::promql
