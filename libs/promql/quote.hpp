#pragma once
// Text in double quotes with escapes, as the language reads it back.

#include <string>
#include <string_view>

namespace monitron::promql {

// Control characters, quotes, backslashes and bytes that are not UTF-8 become escapes.
std::string quote(std::string_view text);

// A code point as UTF-8, put at the end of `text`.
void append_utf8(std::string& text, char32_t code);

struct CodePoint {
  char32_t value = 0;
  int bytes = 1;
  bool valid = false;  // false: one byte that is not UTF-8
};
// The first of `text`, which is not empty.
CodePoint first_code_point(std::string_view text);

}  // namespace monitron::promql
