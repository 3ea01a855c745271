#pragma once
// A document as a flat row of tokens: what is counted and refused before the grammar looks at it.
// https://spec.graphql.org/October2021/#sec-Language.Source-Text

#include "graphql/document.hpp"

namespace monitron::graphql {

// A complaint about the byte `at` of a document.
struct SyntaxError {
  std::size_t at = 0;
  std::string text;
};

struct Token {
  std::size_t at = 0;
  std::size_t size = 0;
};

// All tokens in their order. Refuses what is no UTF-8 or no source character, what is no token, and
// what is beyond `limits`.
tl::expected<std::vector<Token>, SyntaxError> scan(std::string_view text,
                                                   const ParseLimits& limits);

// The value of a string token, quotes included. `nullopt`: an escape that stands for no character.
std::optional<std::string> string_value(std::string_view token);
std::string block_string_value(std::string_view token);

// Byte offsets as lines and columns. Cheap when offsets mostly grow.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {}
  Location of(std::size_t at);

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  Location location_;
};

}  // namespace monitron::graphql
