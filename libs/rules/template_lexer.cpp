#include "rules/template_lexer.hpp"

#include "promql/escapes.hpp"

#include <algorithm>

namespace monitron::rules {
namespace {

using Kind = TemplateToken::Kind;

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char c) { return kSpace.find(c) != std::string_view::npos; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Letters beyond ASCII are letters of names, too.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c) ||
         static_cast<unsigned char>(c) >= 0x80;
}

tl::unexpected<Error> wrong(std::string text) { return fail(Fault::invalid, std::move(text)); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}

  Result<std::vector<TemplateToken>> read() {
    for (auto at = rest_.find(kOpen); at != std::string_view::npos; at = rest_.find(kOpen)) {
      rest_.remove_prefix(at + kOpen.size());
      if (const auto good = action(); !good) return fail(good.error());
    }
    tokens_.push_back({});
    return std::move(tokens_);
  }

 private:
  // Up to its closing braces.
  Result<void> action() {
    if (rest_.size() > 1 && rest_[0] == '-' && is_space(rest_[1])) rest_.remove_prefix(2);
    if (rest_.starts_with("/*")) return comment();
    tokens_.push_back({Kind::open, {}});
    for (int depth = 0;;) {
      if (closes()) {
        if (depth > 0) return wrong("unclosed left paren");
        close();
        return {};
      }
      if (rest_.empty()) return wrong("unclosed action");
      const auto good = token();
      if (!good) return good;
      if (tokens_.back().kind == Kind::left_paren) ++depth;
      if (tokens_.back().kind == Kind::right_paren && --depth < 0) {
        return wrong("unexpected right paren");
      }
    }
  }

  std::size_t spaces() const { return std::min(rest_.find_first_not_of(kSpace), rest_.size()); }

  Result<void> comment() {
    const auto end = rest_.find("*/");
    if (end == std::string_view::npos) return wrong("unclosed comment");
    rest_.remove_prefix(end + 2);
    if (!closes()) return wrong("comment ends before closing delimiter");
    rest_.remove_prefix(rest_.find(kClose) + kClose.size());
    return {};
  }

  bool closes() const {
    if (rest_.starts_with(kClose)) return true;
    return !rest_.empty() && is_space(rest_[0]) && rest_.substr(1).starts_with("-}}");
  }

  void close() {
    rest_.remove_prefix(rest_.find(kClose) + kClose.size());
    tokens_.push_back({Kind::close, kClose});
  }

  void take(Kind kind, std::size_t size) {
    tokens_.push_back({kind, rest_.substr(0, size)});
    rest_.remove_prefix(size);
  }

  Result<void> token() {
    const char c = rest_.front();
    const char next = rest_.size() > 1 ? rest_[1] : '\0';
    if (is_space(c)) return space();
    if (c == '"' || c == '\'') return quoted(c);
    if (c == '`') return raw();
    if (is_digit(c) || c == '+' || c == '-' || (c == '.' && is_digit(next))) return number();
    if (c == '.' || c == '$' || is_letter(c)) return name();
    if (c == ':' && next != '=') return wrong("expected :=");
    const auto kind = c == ':' || c == '=' ? Kind::assign
                      : c == '|'           ? Kind::pipe
                      : c == '('           ? Kind::left_paren
                      : c == ')'           ? Kind::right_paren
                                           : Kind::sign;
    take(kind, c == ':' ? 2 : 1);
    return {};
  }

  // The last one may belong to the sign that trims.
  Result<void> space() {
    auto size = spaces();
    if (rest_.substr(size).starts_with("-}}")) --size;
    if (size > 0) take(Kind::space, size);
    return {};
  }

  Result<void> quoted(char quote) {
    std::size_t size = 1;
    while (size < rest_.size() && rest_[size] != quote && rest_[size] != '\n') {
      if (rest_[size] != '\\') {
        ++size;
        continue;
      }
      const auto escape = promql::read_escape(rest_.substr(size), quote);
      if (!escape.wrong.empty()) return wrong(escape.wrong);
      size += escape.bytes;
    }
    if (size >= rest_.size() || rest_[size] != quote) {
      return wrong(quote == '"' ? "unterminated quoted string" : "unterminated character constant");
    }
    take(quote == '"' ? Kind::string : Kind::number, size + 1);
    return {};
  }

  Result<void> raw() {
    const auto end = rest_.find('`', 1);
    if (end == std::string_view::npos) return wrong("unterminated raw quoted string");
    take(Kind::string, end + 1);
    return {};
  }

  // Signs, digits of any base, exponents. What is no number in spite of that is let through.
  Result<void> number() {
    const auto digits = rest_.substr(is_digit(rest_.front()) || rest_.front() == '.' ? 0 : 1);
    const bool based = digits.size() > 1 && digits[0] == '0' &&
                       std::string_view("xXoObB").find(digits[1]) != std::string_view::npos;
    auto size = based ? rest_.size() - digits.size() + 2 : 1;
    const auto has = [&](std::string_view letters) {
      return size < rest_.size() && letters.find(rest_[size]) != std::string_view::npos;
    };
    for (bool more = true; more;) {
      const bool exponent = has(based ? "pP" : "eE");
      more = exponent || has(based ? "0123456789abcdefABCDEF_." : "0123456789_.");
      if (more) ++size;
      if (exponent && has("+-")) ++size;
    }
    const auto text = rest_.substr(0, size);
    const bool none = text.find_first_of("0123456789") == std::string_view::npos;
    if (none || (size < rest_.size() && is_letter(rest_[size]))) {
      return wrong("bad number syntax: \"" + std::string(text.substr(0, 40)) + "\"");
    }
    take(Kind::number, size);
    return {};
  }

  // A field, a variable, or a word; what may follow it is little.
  Result<void> name() {
    const char first = rest_.front();
    std::size_t size = 1;
    while (size < rest_.size() && is_letter(rest_[size])) ++size;
    const auto after = rest_.substr(size);
    const bool ends = after.empty() || is_space(after[0]) || after.starts_with(kClose) ||
                      std::string_view(".,|:)(").find(after[0]) != std::string_view::npos;
    if (!ends) return wrong("bad character '" + std::string(after.substr(0, 1)) + "'");
    const auto kind = first == '$' ? Kind::variable : first == '.' ? Kind::field : Kind::word;
    take(kind == Kind::field && size == 1 ? Kind::dot : kind, size);
    return {};
  }

  std::string_view rest_;
  std::vector<TemplateToken> tokens_;
};

}  // namespace

Result<std::vector<TemplateToken>> template_tokens(std::string_view text) {
  return Lexer(text).read();
}

}  // namespace monitron::rules
