#include "promql/quote.hpp"

#include <cstdint>

namespace monitron::promql {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_hex(std::string& out, char32_t code, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out += kHexDigits[(code >> shift) & 0xf];
  }
}

// What would be invisible or misread on paper: controls, odd spaces, marks of direction, private
// use.
bool is_printable(char32_t code) {
  if (code < 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0xad) return false;
  if ((code >= 0x2000 && code <= 0x200f) || (code >= 0x2028 && code <= 0x202f)) return false;
  if (code >= 0x205f && code <= 0x206f) return false;
  if (code == 0x3000 || code == 0xfeff || code == 0xfffe || code == 0xffff) return false;
  return !(code >= 0xe000 && code <= 0xf8ff) && code < 0xe0000;
}

char short_escape(char32_t code) {
  switch (code) {
    case '\a':
      return 'a';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\v':
      return 'v';
    case '\\':
    case '"':
      return static_cast<char>(code);
    default:
      return 0;
  }
}

void append_escape(std::string& out, char32_t code) {
  if (const char letter = short_escape(code); letter != 0) {
    (out += '\\') += letter;
  } else if (code < 0x80) {
    append_hex(out += "\\x", code, 2);
  } else if (code < 0x10000) {
    append_hex(out += "\\u", code, 4);
  } else {
    append_hex(out += "\\U", code, 8);
  }
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {.value = lead, .bytes = 1, .valid = true};
  const int bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < static_cast<std::size_t>(bytes)) return {};
  char32_t code = lead & (0xffu >> (bytes + 1));
  for (int at = 1; at < bytes; ++at) {
    if ((byte(at) & 0xc0u) != 0x80) return {};
    code = (code << 6) | (byte(at) & 0x3fu);
  }
  const bool too_long = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (too_long || surrogate || code > 0x10ffff) return {};
  return {.value = code, .bytes = bytes, .valid = true};
}

void append_utf8(std::string& text, char32_t code) {
  const auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xc0 | (code >> 6));
    add(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    add(0xe0 | (code >> 12));
    add(0x80 | ((code >> 6) & 0x3f));
    add(0x80 | (code & 0x3f));
  } else {
    add(0xf0 | (code >> 18));
    add(0x80 | ((code >> 12) & 0x3f));
    add(0x80 | ((code >> 6) & 0x3f));
    add(0x80 | (code & 0x3f));
  }
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto next = first_code_point(text);
    if (!next.valid) {
      append_hex(out += "\\x", static_cast<std::uint8_t>(text[0]), 2);
    } else if (short_escape(next.value) == 0 && is_printable(next.value)) {
      out += text.substr(0, static_cast<std::size_t>(next.bytes));
    } else {
      append_escape(out, next.value);
    }
    text.remove_prefix(static_cast<std::size_t>(next.bytes));
  }
  return out += '"';
}

}  // namespace monitron::promql
