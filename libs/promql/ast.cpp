#include "promql/ast.hpp"

#include <array>

namespace monitron::promql {

std::string_view to_string(ValueType type) {
  switch (type) {
    case ValueType::scalar:
      return "scalar";
    case ValueType::vector:
      return "instant vector";
    case ValueType::matrix:
      return "range vector";
    case ValueType::string:
      return "string";
  }
  return "";
}

std::string_view to_string(BinaryOp op) {
  constexpr std::array<std::string_view, 16> kNames{"+",     "-",   "*",  "/",     "%", "^",
                                                    "atan2", "==",  "!=", ">",     "<", ">=",
                                                    "<=",    "and", "or", "unless"};
  return kNames[static_cast<std::size_t>(op)];
}

bool is_comparison(BinaryOp op) { return op >= BinaryOp::eq && op <= BinaryOp::le; }

bool is_set(BinaryOp op) { return op >= BinaryOp::and_; }

std::string_view to_string(AggregateOp op) {
  constexpr std::array<std::string_view, 12> kNames{"sum",   "avg",     "min",      "max",
                                                    "count", "group",   "stddev",   "stdvar",
                                                    "topk",  "bottomk", "quantile", "count_values"};
  return kNames[static_cast<std::size_t>(op)];
}

}  // namespace monitron::promql
