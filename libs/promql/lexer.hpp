#pragma once
// Text to tokens, one at a time. What is wrong with the text itself comes as a token of kind
// `error`, at the place and in the words of Prometheus.

#include "promql/ast.hpp"

#include <string>
#include <string_view>

namespace monitron::promql {

enum class TokenKind {
  error,
  end,
  identifier,
  metric_identifier,  // with a colon: a metric name, never a label
  number,
  duration,
  string,
  left_paren,
  right_paren,
  left_brace,
  right_brace,
  left_bracket,
  right_bracket,
  comma,
  colon,
  assign,
  equal_regex,
  not_regex,
  at,
  op,
  aggregate,
  by,
  without,
  on,
  ignoring,
  group_left,
  group_right,
  bool_,
  offset,
  start_call,  // start and end, after @
  end_call,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;                     // as written
  std::size_t at = 0;                        // byte offset
  std::string value;                         // of a string, unquoted; what is wrong, for an error
  BinaryOp op = BinaryOp::add;               // of an op
  AggregateOp aggregate = AggregateOp::sum;  // of an aggregate

  std::size_t end() const { return at + text.size(); }
};

// The token as an error names it: identifier "x", <op:+>, "(" …
std::string describe(const Token& token);

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Token next();

 private:
  Token statement();
  Token inside_braces();
  Token inside_duration();
  Token number_or_duration();
  Token string(char quote);
  Token raw_string();
  Token word();
  Token sign(char first);
  Token parenthesis_or_bracket(char first);
  Token at_end(bool inside);
  void skip_blanks();
  void scan_number();
  bool scan_units();
  Token make(TokenKind kind) const;
  Token operation(BinaryOp op, std::size_t bytes);
  Token fault(std::string words) const;
  Token fault_at(std::size_t at, std::string words) const;
  char peek(std::size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  bool accept(std::string_view any);
  std::string here() const;  // the code point at the position, quoted

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t begin_ = 0;  // of the token being read
  int parens_ = 0;
  bool braces_ = false;
  bool bracket_ = false;
  bool colon_ = false;          // seen in this bracket
  bool duration_next_ = false;  // right after a bracket
};

}  // namespace monitron::promql
