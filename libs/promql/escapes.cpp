#include "promql/escapes.hpp"

#include "promql/quote.hpp"

namespace monitron::promql {

namespace {

constexpr std::string_view kLetters = "abfnrtv\\";
constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\";
constexpr char kUnfinished[] = "escape sequence not terminated";

// U+0071 'q', and without the letter where it cannot be seen.
std::string name_rune(const CodePoint& point) {
  const char32_t code = point.valid ? point.value : 0xfffd;
  std::string digits;
  for (int shift = 20; shift >= 0; shift -= 4) {
    if (shift < 16 || (code >> shift) != 0) digits += "0123456789ABCDEF"[(code >> shift) & 0xf];
  }
  std::string letter;
  append_utf8(letter, code);
  const bool visible = code == '"' || code == '\\' || quote(letter) == '"' + letter + '"';
  return "U+" + digits + (visible ? " '" + letter + "'" : "");
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

struct Number {
  std::size_t first = 2;  // place of the first digit
  std::size_t digits = 0;
  unsigned base = 16;
  bool one_byte = false;
};

Number number_form(char letter) {
  switch (letter) {
    case 'x':
      return {.digits = 2, .one_byte = true};
    case 'u':
      return {.digits = 4};
    case 'U':
      return {.digits = 8};
    default:
      return {.first = 1,
              .digits = letter >= '0' && letter <= '7' ? 3u : 0u,
              .base = 8,
              .one_byte = true};
  }
}

Escape numbered(std::string_view text, const Number& form) {
  std::uint64_t code = 0;
  for (std::size_t at = form.first; at < form.first + form.digits; ++at) {
    if (at >= text.size()) return {.value = {}, .wrong = kUnfinished};
    const auto digit = static_cast<unsigned>(digit_value(text[at]));
    if (digit >= form.base) {
      return {.value = {},
              .wrong = "illegal character " + name_rune(first_code_point(text.substr(at))) +
                       " in escape sequence"};
    }
    code = code * form.base + digit;
  }
  if (code > (form.one_byte ? 0xffu : 0x10ffffu) || (code >= 0xd800 && code < 0xe000)) {
    return {.value = {}, .wrong = "escape sequence is an invalid Unicode code point"};
  }
  Escape escape{.value = {}, .bytes = form.first + form.digits};
  if (form.one_byte) {
    escape.value = static_cast<char>(code);
  } else {
    append_utf8(escape.value, static_cast<char32_t>(code));
  }
  return escape;
}

}  // namespace

Escape read_escape(std::string_view text, char quote) {
  if (text.size() < 2) return {.value = {}, .wrong = kUnfinished};
  const char letter = text[1];
  if (letter == quote) return {.value = std::string(1, quote), .bytes = 2};
  if (const auto at = kLetters.find(letter); at != std::string_view::npos) {
    return {.value = std::string(1, kMeanings[at]), .bytes = 2};
  }
  if (const auto form = number_form(letter); form.digits > 0) return numbered(text, form);
  return {.value = {},
          .wrong = "unknown escape sequence " + name_rune(first_code_point(text.substr(1)))};
}

}  // namespace monitron::promql
