#pragma once
// A regular expression and what takes the place of the text that it matches: `$1`, `${1}`, `$name`
// stand for its groups, `$$` for a dollar, as Go has it.

#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace monitron::promql {

class Replacement {
 public:
  // Fault: invalid, for a regular expression that RE2 refuses.
  static Result<Replacement> make(std::string_view regex, std::string_view text);
  ~Replacement();
  Replacement(Replacement&&) noexcept;

  // The text put in; none: `value` as a whole does not match.
  std::optional<std::string> apply(std::string_view value) const;

 private:
  struct Regex;
  // Literal text, then a group of the expression (-1: none).
  struct Piece {
    std::string text;
    int group = -1;
  };
  Replacement();
  void parse(std::string_view text);
  int group_of(const std::string& name) const;

  std::unique_ptr<const Regex> regex_;
  std::vector<Piece> pieces_;
};

}  // namespace monitron::promql
