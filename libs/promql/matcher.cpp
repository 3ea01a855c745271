#include "promql/matcher.hpp"

#include "promql/quote.hpp"

#include <algorithm>
#include <re2/re2.h>

namespace monitron::promql {

namespace {

// Prometheus writes its expressions for Go's package, whose words for what is wrong users know.
std::string_view go_words(RE2::ErrorCode code) {
  switch (code) {
    case RE2::ErrorBadEscape:
      return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
      return "invalid character class";
    case RE2::ErrorBadCharRange:
      return "invalid character class range";
    case RE2::ErrorMissingBracket:
      return "missing closing ]";
    case RE2::ErrorMissingParen:
      return "missing closing )";
    case RE2::ErrorUnexpectedParen:
      return "unexpected )";
    case RE2::ErrorTrailingBackslash:
      return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
      return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
      return "invalid repeat count";
    case RE2::ErrorRepeatOp:
      return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
      return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
      return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
      return "invalid named capture";
    default:
      return "expression too large";
  }
}

bool is_regex(MatchKind kind) { return kind == MatchKind::regex || kind == MatchKind::not_regex; }

std::string_view sign(MatchKind kind) {
  switch (kind) {
    case MatchKind::equal:
      return "=";
    case MatchKind::not_equal:
      return "!=";
    case MatchKind::regex:
      return "=~";
    case MatchKind::not_regex:
      return "!~";
  }
  return "=";
}

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

}  // namespace

struct Matcher::Regex {
  explicit Regex(const std::string& text) : re(text, quiet()) {}
  RE2 re;
};

MatchKind match_kind(bool regex, bool equal) {
  if (regex) return equal ? MatchKind::regex : MatchKind::not_regex;
  return equal ? MatchKind::equal : MatchKind::not_equal;
}

Result<Matcher> Matcher::make(MatchKind kind, std::string name, std::string value) {
  Matcher matcher;
  if (is_regex(kind)) {
    // Anchored in the text, as Prometheus does it, so that errors cite the same expression. A dot
    // matches no newline there either.
    auto regex = std::make_shared<const Regex>("^(?:" + value + ")$");
    if (!regex->re.ok()) {
      const auto& re = regex->re;
      const bool whole = re.error_code() == RE2::ErrorMissingParen ||
                         re.error_code() == RE2::ErrorUnexpectedParen || re.error_arg().empty();
      return fail(Fault::invalid,
                  "error parsing regexp: " + std::string(go_words(re.error_code())) + ": `" +
                      (whole ? re.pattern() : re.error_arg()) + "`");
    }
    matcher.regex_ = std::move(regex);
  }
  matcher.kind_ = kind;
  matcher.name_ = std::move(name);
  matcher.value_ = std::move(value);
  return matcher;
}

bool Matcher::matches(std::string_view value) const {
  switch (kind_) {
    case MatchKind::equal:
      return value == value_;
    case MatchKind::not_equal:
      return value != value_;
    case MatchKind::regex:
      return RE2::PartialMatch(value, regex_->re);
    case MatchKind::not_regex:
      return !RE2::PartialMatch(value, regex_->re);
  }
  return false;
}

std::string Matcher::str() const { return name_ + std::string(sign(kind_)) + quote(value_); }

bool matches(const std::vector<Matcher>& matchers, const Labels& labels) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
    return matcher.matches(labels.get(matcher.name()));
  });
}

}  // namespace monitron::promql
