#pragma once
// JSONPath (RFC 9535), taken apart and checked. What it selects: probe/json_select.hpp.

#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace monitron::domain {

struct JsonFilter;

struct JsonWildcard {};
struct JsonSlice {
  std::optional<std::int64_t> from;
  std::optional<std::int64_t> to;
  std::int64_t step = 1;
};
// A name, an index, or one of the above; a filter is shared so that a path can be copied.
using JsonSelector = std::variant<std::string, std::int64_t, JsonWildcard, JsonSlice,
                                  std::shared_ptr<const JsonFilter>>;

struct JsonSegment {
  bool descends = false;  // ".."
  std::vector<JsonSelector> selectors;
};

struct JsonPath {
  bool relative = false;  // begins with "@", in a filter
  std::vector<JsonSegment> segments;

  bool singular() const;  // selects one value at most
  // The whole of `text`, from "$" on. Fault: invalid.
  static Result<JsonPath> parse(std::string_view text);
};

struct JsonCall;
using JsonLiteral = std::variant<std::nullptr_t, bool, double, std::string>;
using JsonOperand = std::variant<JsonLiteral, JsonPath, std::shared_ptr<const JsonCall>>;

struct JsonCall {
  enum class Function { length, count, value, match, search };
  Function function = Function::length;
  std::vector<JsonOperand> arguments;

  bool gives_value() const { return function <= Function::value; }  // the others: true or false
};

// The expression of "?…".
struct JsonFilter {
  enum class Kind { any_of, all_of, none_of, holds, compares };
  Kind kind = Kind::holds;
  std::vector<JsonFilter> parts;      // of any_of, all_of and none_of
  std::vector<JsonOperand> operands;  // of holds one, of compares two
  std::string op;                     // of compares: == != < <= > >=
};

}  // namespace monitron::domain
