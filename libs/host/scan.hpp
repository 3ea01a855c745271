#pragma once
// Walks over the text of a /proc file: lines, and words separated by blanks. Views point into the
// text that was given.

#include <charconv>
#include <optional>
#include <string_view>

namespace monitron::host {

// Takes the part before the next `separator` (or all that is left) off the front of `text`.
inline std::string_view take_until(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

inline std::string_view take_line(std::string_view& text) { return take_until(text, '\n'); }

// The next word, empty at the end.
inline std::string_view take_word(std::string_view& line) {
  const auto start = line.find_first_not_of(" \t");
  if (start == std::string_view::npos) {
    line = {};
    return {};
  }
  line.remove_prefix(start);
  const auto word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

// The number that `word` is, wholly; nothing else.
template <class Number>
std::optional<Number> number(std::string_view word) {
  Number value{};
  const auto* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  if (word.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

// The next word as a number; 0 when it is missing or none (kernels add columns over time).
template <class Number>
Number take_number(std::string_view& line) {
  return number<Number>(take_word(line)).value_or(Number{});
}

inline void skip_words(std::string_view& line, int count) {
  for (int i = 0; i < count; ++i) take_word(line);
}

}  // namespace monitron::host
