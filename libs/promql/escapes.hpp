#pragma once
// The escapes in quoted strings: those of Go.

#include <string>
#include <string_view>

namespace monitron::promql {

struct Escape {
  std::string value;
  std::size_t bytes = 0;  // of the text
  std::string wrong{};    // what is wrong with it; empty when it is right
};
// Of `text`, which begins with a backslash, in a string between `quote`s.
Escape read_escape(std::string_view text, char quote);

}  // namespace monitron::promql
