#include "promql/lexer.hpp"

#include "base/text.hpp"
#include "promql/escapes.hpp"
#include "promql/quote.hpp"

#include <algorithm>
#include <unordered_map>

namespace monitron::promql {

namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_alpha(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

struct Word {
  TokenKind kind = TokenKind::op;
  BinaryOp op = BinaryOp::add;
  AggregateOp aggregate = AggregateOp::sum;
};
using Words = std::unordered_map<std::string_view, Word>;

Words all_words() {
  Words words{
      {"by", {TokenKind::by}},
      {"without", {TokenKind::without}},
      {"on", {TokenKind::on}},
      {"ignoring", {TokenKind::ignoring}},
      {"group_left", {TokenKind::group_left}},
      {"group_right", {TokenKind::group_right}},
      {"bool", {TokenKind::bool_}},
      {"offset", {TokenKind::offset}},
      {"start", {TokenKind::start_call}},
      {"end", {TokenKind::end_call}},
      {"inf", {TokenKind::number}},
      {"nan", {TokenKind::number}},
  };
  for (const auto op : {BinaryOp::and_, BinaryOp::or_, BinaryOp::unless, BinaryOp::atan2}) {
    words[to_string(op)] = {.kind = TokenKind::op, .op = op};
  }
  for (auto op = AggregateOp::sum; op <= AggregateOp::count_values;
       op = static_cast<AggregateOp>(static_cast<int>(op) + 1)) {
    words[to_string(op)] = {.kind = TokenKind::aggregate, .aggregate = op};
  }
  return words;
}

std::string quote_rune(const CodePoint& point) {
  if (!point.valid) return "'\xef\xbf\xbd'";
  std::string text;
  append_utf8(text, point.value);
  if (point.value == '\'') return "'\\''";
  if (point.value == '"') return "'\"'";
  auto quoted = quote(text);
  quoted.front() = quoted.back() = '\'';
  return quoted;
}

// At most ten characters of what was written.
std::string cut_quote(std::string_view text) {
  if (text.size() <= 10) return quote(text);
  std::size_t end = 0;
  for (int runes = 0; runes < 10 && end < text.size(); ++runes) {
    end += static_cast<std::size_t>(first_code_point(text.substr(end)).bytes);
  }
  return quote(text.substr(0, end)) + "...";
}

}  // namespace

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::end:
      return "end of input";
    case TokenKind::identifier:
      return "identifier " + quote(token.text);
    case TokenKind::metric_identifier:
      return "metric identifier " + quote(token.text);
    case TokenKind::number:
      return "number " + cut_quote(token.text);
    case TokenKind::duration:
      return "duration " + cut_quote(token.text);
    case TokenKind::string:
      return "string " + cut_quote(token.text);
    case TokenKind::aggregate:
      return "<aggr:" + std::string(token.text) + ">";
    case TokenKind::op:
    case TokenKind::at:
    case TokenKind::equal_regex:
    case TokenKind::not_regex:
      return "<op:" + std::string(token.text) + ">";
    case TokenKind::by:
    case TokenKind::without:
    case TokenKind::on:
    case TokenKind::ignoring:
    case TokenKind::group_left:
    case TokenKind::group_right:
    case TokenKind::bool_:
    case TokenKind::offset:
      return "<" + std::string(token.text) + ">";
    default:
      return quote(token.text);
  }
}

Token Lexer::make(TokenKind kind) const {
  return {
      .kind = kind, .text = text_.substr(begin_, position_ - begin_), .at = begin_, .value = {}};
}

Token Lexer::operation(BinaryOp op, std::size_t bytes) {
  position_ += bytes;
  auto token = make(TokenKind::op);
  token.op = op;
  return token;
}

Token Lexer::fault(std::string words) const { return fault_at(begin_, std::move(words)); }

Token Lexer::fault_at(std::size_t at, std::string words) const {
  return {.kind = TokenKind::error, .text = {}, .at = at, .value = std::move(words)};
}

bool Lexer::accept(std::string_view any) {
  if (position_ >= text_.size() || any.find(text_[position_]) == std::string_view::npos) {
    return false;
  }
  ++position_;
  return true;
}

std::string Lexer::here() const { return quote_rune(first_code_point(text_.substr(position_))); }

void Lexer::skip_blanks() {
  while (position_ < text_.size()) {
    if (is_blank(text_[position_])) {
      ++position_;
    } else if (text_[position_] == '#') {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  if (duration_next_) {
    // No comment may stand here, for there is none in Prometheus.
    while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
  } else {
    skip_blanks();
  }
  begin_ = position_;
  if (duration_next_) return inside_duration();
  if (position_ >= text_.size()) return at_end(braces_);
  return braces_ ? inside_braces() : statement();
}

Token Lexer::at_end(bool inside) {
  if (inside) return fault("unexpected end of input inside braces");
  if (parens_ > 0) return fault("unclosed left parenthesis");
  if (bracket_) return fault("unclosed left bracket");
  return make(TokenKind::end);
}

Token Lexer::statement() {
  const char c = peek();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number_or_duration();
  if ((is_alpha(c) || c == ':') && !bracket_) return word();
  // Prometheus takes a letter for a colon here; where one has been, it says so.
  if ((is_alpha(c) || c == ':') && colon_) return fault("unexpected colon " + here());
  if (c == ':') {
    colon_ = true;
    ++position_;
    return make(TokenKind::colon);
  }
  switch (c) {
    case '"':
    case '\'':
      return string(c);
    case '`':
      return raw_string();
    case '(':
    case ')':
    case '[':
    case ']':
      return parenthesis_or_bracket(c);
    case '{':
      ++position_;
      braces_ = true;
      return make(TokenKind::left_brace);
    case ',':
      ++position_;
      return make(TokenKind::comma);
    case '@':
      ++position_;
      return make(TokenKind::at);
    default:
      return sign(c);
  }
}

Token Lexer::sign(char first) {
  const bool equal = peek(1) == '=';
  switch (first) {
    case '+':
      return operation(BinaryOp::add, 1);
    case '-':
      return operation(BinaryOp::sub, 1);
    case '*':
      return operation(BinaryOp::mul, 1);
    case '/':
      return operation(BinaryOp::div, 1);
    case '%':
      return operation(BinaryOp::mod, 1);
    case '^':
      return operation(BinaryOp::pow, 1);
    case '<':
      return equal ? operation(BinaryOp::le, 2) : operation(BinaryOp::lt, 1);
    case '>':
      return equal ? operation(BinaryOp::ge, 2) : operation(BinaryOp::gt, 1);
    case '=':
      if (equal) return operation(BinaryOp::eq, 2);
      ++position_;
      if (peek() == '~') return fault("unexpected character after '=': '~'");
      return make(TokenKind::assign);
    case '!':
      if (equal) return operation(BinaryOp::ne, 2);
      ++position_;
      if (position_ >= text_.size()) return fault("unexpected character after '!': '\xef\xbf\xbd'");
      return fault("unexpected character after '!': " + here());
    default:
      return fault("unexpected character: " + here());
  }
}

Token Lexer::parenthesis_or_bracket(char first) {
  if (first == '[' && bracket_) return fault("unexpected left bracket '['");
  if (first == ']' && !bracket_) return fault("unexpected right bracket ']'");
  ++position_;
  switch (first) {
    case '(':
      ++parens_;
      return make(TokenKind::left_paren);
    case ')':
      if (--parens_ < 0) return fault_at(position_, "unexpected right parenthesis ')'");
      return make(TokenKind::right_paren);
    case '[':
      bracket_ = duration_next_ = true;
      colon_ = false;
      return make(TokenKind::left_bracket);
    default:
      bracket_ = false;
      return make(TokenKind::right_bracket);
  }
}

Token Lexer::inside_braces() {
  const char c = peek();
  if (is_alpha(c)) {
    while (is_word(peek())) ++position_;
    return make(TokenKind::identifier);
  }
  if (c == '"' || c == '\'') return string(c);
  if (c == '`') return raw_string();
  if (c == '{') return fault("unexpected left brace '{'");
  if (c != ',' && c != '=' && c != '!' && c != '}') {
    return fault("unexpected character inside braces: " + here());
  }
  ++position_;
  if (c == ',') return make(TokenKind::comma);
  if (c == '}') {
    braces_ = false;
    return make(TokenKind::right_brace);
  }
  if (accept("~")) return make(c == '=' ? TokenKind::equal_regex : TokenKind::not_regex);
  if (c == '=') return make(TokenKind::assign);
  if (peek() == '=') {
    --position_;
    return operation(BinaryOp::ne, 2);
  }
  return fault("unexpected character after '!' inside braces: " +
               (position_ < text_.size() ? here() : "'\xef\xbf\xbd'"));
}

void Lexer::scan_number() {
  const bool hex = accept("0") && accept("xX");
  const auto digits = hex ? kHexDigits : kDigits;
  while (accept(digits)) {
  }
  if (accept(".")) {
    while (accept(digits)) {
    }
  }
  if (accept("eE")) {
    accept("+-");
    while (accept(kDigits)) {
    }
  }
}

// After the first number: a unit, then numbers and units. Whether they are in order is seen later.
bool Lexer::scan_units() {
  if (!accept("smhdwy")) return false;
  accept("s");
  while (accept(kDigits)) {
    while (accept(kDigits)) {
    }
    if (!accept("smhdw")) return false;
    accept("s");
  }
  if (!is_word(peek())) return true;
  ++position_;
  return false;
}

Token Lexer::inside_duration() {
  duration_next_ = false;
  scan_number();
  if (!is_word(peek())) return fault("missing unit character in duration");
  if (scan_units()) return make(TokenKind::duration);
  return fault("bad duration syntax: " + quote(make(TokenKind::duration).text));
}

Token Lexer::number_or_duration() {
  scan_number();
  if (!is_word(peek())) return make(TokenKind::number);
  if (scan_units()) return make(TokenKind::duration);
  return fault("bad number or duration syntax: " + quote(make(TokenKind::number).text));
}

Token Lexer::word() {
  static const Words kWords = all_words();
  while (is_word(peek()) || peek() == ':') ++position_;
  auto token = make(TokenKind::identifier);
  if (const auto known = kWords.find(to_lower(token.text)); known != kWords.end()) {
    token.kind = known->second.kind;
    token.op = known->second.op;
    token.aggregate = known->second.aggregate;
  } else if (token.text.find(':') != std::string_view::npos) {
    token.kind = TokenKind::metric_identifier;
  }
  return token;
}

Token Lexer::raw_string() {
  const auto close = text_.find('`', position_ + 1);
  const auto inside = text_.substr(position_ + 1, std::min(close, text_.size()) - position_ - 1);
  for (auto rest = inside; !rest.empty();) {
    const auto point = first_code_point(rest);
    if (!point.valid || point.value == 0xfffd) return fault("invalid UTF-8 rune");
    rest.remove_prefix(static_cast<std::size_t>(point.bytes));
  }
  if (close == std::string_view::npos) return fault("unterminated raw string");
  position_ = close + 1;
  auto token = make(TokenKind::string);
  token.value = inside;
  return token;
}

Token Lexer::string(char quote) {
  std::string value;
  for (++position_; position_ < text_.size() && peek() != '\n';) {
    const auto point = first_code_point(text_.substr(position_));
    if (!point.valid || point.value == 0xfffd) return fault("invalid UTF-8 rune");
    if (peek() == '\\') {
      const auto escape = read_escape(text_.substr(position_), quote);
      if (!escape.wrong.empty()) return fault(escape.wrong);
      value += escape.value;
      position_ += escape.bytes;
      continue;
    }
    position_ += static_cast<std::size_t>(point.bytes);
    if (point.value == static_cast<char32_t>(quote)) {
      auto token = make(TokenKind::string);
      token.value = std::move(value);
      return token;
    }
    append_utf8(value, point.value);
  }
  return fault("unterminated quoted string");
}

}  // namespace monitron::promql
