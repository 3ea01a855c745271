#include "graphql/lexical.hpp"

#include "base/bytes.hpp"
#include "graphql/tokens.hpp"

namespace monitron::graphql {

namespace rules {
namespace {

struct Opening : p::one<'(', '[', '{'> {};
struct Closing : p::one<')', ']', '}'> {};
struct Mark : p::one<'!', '$', '&', ':', '=', '@', '|'> {};
struct AnyToken
    : p::sor<NameText, Opening, Closing, Mark, Dots, FloatText, IntText, BlockText, StringText> {};
struct Source : p::seq<Ignored, p::until<p::eof, p::must<AnyToken>, Ignored>> {};

template <class Rule>
constexpr const char* kMessage = "unexpected character";
template <>
constexpr const char* kMessage<Digits> = "a number without digits";
template <>
constexpr const char* kMessage<NumberEnd> = "a number does not end here";
template <>
constexpr const char* kMessage<BlockRest> = "unterminated string";
template <>
constexpr const char* kMessage<StringEnd> = "unterminated string";
template <>
constexpr const char* kMessage<Escape> = "invalid escape sequence";

template <class Rule>
struct ScanControl : p::normal<Rule> {
  template <class Input, class... States>
  [[noreturn]] static void raise(const Input& in, States&&... /*states*/) {
    throw p::parse_error(kMessage<Rule>, in);
  }
};

struct Scan {
  const ParseLimits& limits;
  std::vector<Token> tokens{};
  std::size_t nesting = 0;
};

template <class Rule>
struct ScanAction : p::nothing<Rule> {};

template <>
struct ScanAction<AnyToken> {
  template <class Input>
  static void apply(const Input& in, Scan& scan) {
    if (scan.tokens.size() == scan.limits.tokens) {
      throw p::parse_error("more than " + std::to_string(scan.limits.tokens) + " tokens", in);
    }
    scan.tokens.push_back({in.position().byte, in.size()});
  }
};

template <>
struct ScanAction<Opening> {
  template <class Input>
  static void apply(const Input& in, Scan& scan) {
    if (scan.nesting++ == scan.limits.nesting) {
      throw p::parse_error("nested deeper than " + std::to_string(scan.limits.nesting), in);
    }
  }
};

template <>
struct ScanAction<Closing> {
  static void apply0(Scan& scan) {
    if (scan.nesting > 0) --scan.nesting;  // one too many is for the grammar to refuse
  }
};

}  // namespace
}  // namespace rules

namespace {

std::optional<SyntaxError> refuse_text(std::string_view text, const ParseLimits& limits) {
  if (text.size() > limits.bytes) {
    return SyntaxError{0, "longer than " + std::to_string(limits.bytes) + " bytes"};
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool blank = byte == '\t' || byte == '\n' || byte == '\r';
    if (byte < 0x20 && !blank) return SyntaxError{at, "a control character"};
  }
  if (!is_valid_utf8(text)) return SyntaxError{0, "not UTF-8"};
  return std::nullopt;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto tail = [&](int shift) {
    out += static_cast<char>(0x80U | ((code >> static_cast<unsigned>(shift)) & 0x3FU));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

// The number of a \u escape, and how many bytes after "\u" it takes; beyond Unicode if too large.
std::pair<std::uint32_t, std::size_t> escaped_code(std::string_view digits) {
  constexpr std::uint32_t kTooLarge = 0x110000;
  const bool braced = digits.front() == '{';
  const auto end = braced ? digits.find('}') : std::size_t{4};
  std::uint32_t code = 0;
  for (const char digit : digits.substr(braced ? 1 : 0, end - (braced ? 1 : 0))) {
    const auto lower = static_cast<unsigned>(digit) | 0x20U;
    code = code * 16 + (lower >= 'a' ? lower - 'a' + 10 : static_cast<unsigned>(digit) - '0');
    code = std::min(code, kTooLarge);
  }
  return {code, braced ? end + 1 : end};
}

bool is_leading(std::uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool is_trailing(std::uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

// Reads what follows "\u" and, of a surrogate pair, its second half; `rest` moves behind it.
bool append_escaped(std::string& out, std::string_view& rest) {
  const bool braced = rest.front() == '{';
  auto [code, size] = escaped_code(rest);
  rest.remove_prefix(size);
  if (!braced && is_leading(code)) {
    if (rest.substr(0, 2) != "\\u" || rest[2] == '{') return false;
    const auto [second, more] = escaped_code(rest.substr(2));
    if (!is_trailing(second)) return false;
    rest.remove_prefix(2 + more);
    code = 0x10000 + ((code - 0xD800) << 10U) + (second - 0xDC00);
  }
  // NUL is no text that the databases behind resolvers can hold.
  if (code == 0 || code > 0x10FFFF || is_leading(code) || is_trailing(code)) return false;
  append_utf8(out, code);
  return true;
}

char simple_escape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;
  }
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}
bool is_blank(std::string_view line) { return indent_of(line) == line.size(); }

std::vector<std::string> block_lines(std::string_view inside) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < inside.size(); ++at) {
    if (inside.substr(at, 4) == "\\\"\"\"") {
      lines.back() += "\"\"\"";
      at += 3;
    } else if (inside[at] == '\n' || inside[at] == '\r') {
      if (inside.substr(at, 2) == "\r\n") ++at;
      lines.emplace_back();
    } else {
      lines.back() += inside[at];
    }
  }
  return lines;
}

}  // namespace

tl::expected<std::vector<Token>, SyntaxError> scan(std::string_view text,
                                                   const ParseLimits& limits) {
  if (auto refused = refuse_text(text, limits)) return tl::unexpected(*std::move(refused));
  rules::Scan scan{limits};
  rules::p::memory_input input(text.data(), text.size(), "");
  try {
    rules::p::parse<rules::Source, rules::ScanAction, rules::ScanControl>(input, scan);
  } catch (const rules::p::parse_error& error) {
    return tl::unexpected(
        SyntaxError{error.positions().front().byte, std::string(error.message())});
  }
  return std::move(scan.tokens);
}

std::optional<std::string> string_value(std::string_view token) {
  std::string value;
  auto rest = token.substr(1, token.size() - 2);
  while (!rest.empty()) {
    const char first = rest.front();
    rest.remove_prefix(1);
    if (first != '\\') {
      value += first;
      continue;
    }
    const char letter = rest.front();
    rest.remove_prefix(1);
    if (letter != 'u') {
      value += simple_escape(letter);
    } else if (!append_escaped(value, rest)) {
      return std::nullopt;
    }
  }
  return value;
}

// https://spec.graphql.org/October2021/#BlockStringValue()
std::string block_string_value(std::string_view token) {
  auto lines = block_lines(token.substr(3, token.size() - 6));
  auto common = std::string::npos;
  for (std::size_t line = 1; line < lines.size(); ++line) {
    if (!is_blank(lines[line])) common = std::min(common, indent_of(lines[line]));
  }
  for (std::size_t line = 1; line < lines.size() && common != std::string::npos; ++line) {
    lines[line].erase(0, common);
  }
  while (!lines.empty() && is_blank(lines.back())) lines.pop_back();
  std::size_t first = 0;
  while (first < lines.size() && is_blank(lines[first])) ++first;
  std::string value;
  for (std::size_t line = first; line < lines.size(); ++line) {
    if (line > first) value += '\n';
    value += lines[line];
  }
  return value;
}

Location Places::of(std::size_t at) {
  if (at < position_) {
    position_ = 0;
    location_ = {};
  }
  for (; position_ < at && position_ < text_.size(); ++position_) {
    const auto byte = static_cast<unsigned char>(text_[position_]);
    const bool first_of_two = byte == '\r' && text_.substr(position_ + 1, 1) == "\n";
    if (byte == '\n' || (byte == '\r' && !first_of_two)) {
      location_ = {location_.line + 1, 1};
    } else if ((byte & 0xC0U) != 0x80U) {  // not the middle of a code point
      ++location_.column;
    }
  }
  return location_;
}

}  // namespace monitron::graphql
