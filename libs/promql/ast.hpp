#pragma once
// A parsed PromQL expression. Times are in milliseconds. Made by the parser, which has checked the
// types; immutable afterwards.

#include "promql/matcher.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

namespace monitron::promql {

enum class ValueType { scalar, vector, matrix, string };
std::string_view to_string(ValueType type);  // "scalar", "instant vector", "range vector", "string"

struct Node;
using Expr = std::shared_ptr<const Node>;

enum class BinaryOp {
  add,
  sub,
  mul,
  div,
  mod,
  pow,
  atan2,
  eq,
  ne,
  gt,
  lt,
  ge,
  le,
  and_,
  or_,
  unless,
};
std::string_view to_string(BinaryOp op);
bool is_comparison(BinaryOp op);
bool is_set(BinaryOp op);

enum class AggregateOp {
  sum,
  avg,
  min,
  max,
  count,
  group,
  stddev,
  stdvar,
  topk,
  bottomk,
  quantile,
  count_values,
};
std::string_view to_string(AggregateOp op);

struct NumberLiteral {
  double value = 0;
};
struct StringLiteral {
  std::string value;
};

// `@ 123`, `@ start()`, `@ end()`.
struct AtModifier {
  enum class Kind { time, start, end } kind = Kind::time;
  std::int64_t time_ms = 0;
};

struct VectorSelector {
  std::string name{};             // as written before the braces; empty: none was
  std::vector<Matcher> matchers;  // the metric name too
  std::int64_t offset_ms = 0;
  std::optional<AtModifier> at{};
};
struct MatrixSelector {
  VectorSelector selector;
  std::int64_t range_ms = 0;
};
struct Subquery {
  Expr inner;
  std::int64_t range_ms = 0;
  std::optional<std::int64_t> step_ms{};  // none: the default evaluation interval
  std::int64_t offset_ms = 0;
  std::optional<AtModifier> at{};
};

struct UnaryMinus {
  Expr inner;
};
// What changes nothing: parentheses, or a plus sign before an operand.
struct Paren {
  Expr inner;
  bool plus = false;
};

struct VectorMatching {
  enum class Card { one_to_one, many_to_one, one_to_many, many_to_many } card = Card::one_to_one;
  bool on = false;                     // false: ignoring
  std::vector<std::string> labels{};   // of on / ignoring
  std::vector<std::string> include{};  // of group_left / group_right
};
struct Binary {
  BinaryOp op = BinaryOp::add;
  Expr left;
  Expr right;
  bool return_bool = false;
  std::optional<VectorMatching> matching{};  // between two vectors
};
struct Aggregate {
  AggregateOp op = AggregateOp::sum;
  Expr inner;
  Expr parameter;  // of topk, bottomk, quantile, count_values; null otherwise
  bool without = false;
  std::vector<std::string> grouping{};
};

// A function of the language. https://prometheus.io/docs/prometheus/latest/querying/functions/
struct Function {
  std::string_view name;
  std::vector<ValueType> arguments;
  // How many of `arguments`, from the end, may be left out; -1: the last may be repeated, or left
  // out.
  int optional_arguments = 0;
  ValueType result = ValueType::vector;
};
const Function* find_function(std::string_view name);  // null: unknown

struct Call {
  const Function* function = nullptr;
  std::vector<Expr> arguments{};
};

// Where in the text: byte offsets, end exclusive.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Node {
  using Kind = std::variant<NumberLiteral, StringLiteral, VectorSelector, MatrixSelector, Subquery,
                            UnaryMinus, Paren, Binary, Aggregate, Call>;
  Kind kind;
  Span span;
  ValueType type = ValueType::scalar;
  int depth = 1;  // of the tree below, this node included
};

}  // namespace monitron::promql
