#include "rules/template_syntax.hpp"

#include "rules/template_lexer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace monitron::rules {
namespace {

using Token = TemplateToken;
using Kind = TemplateToken::Kind;

constexpr int kDeepest = 1000;

// Prometheus 3 has all of them, 2.42 all but now, toDuration and urlQueryEscape.
constexpr std::array<std::string_view, 29> kFunctions = {"args",
                                                         "externalURL",
                                                         "first",
                                                         "graphLink",
                                                         "humanize",
                                                         "humanize1024",
                                                         "humanizeDuration",
                                                         "humanizePercentage",
                                                         "humanizeTimestamp",
                                                         "label",
                                                         "match",
                                                         "now",
                                                         "parseDuration",
                                                         "pathPrefix",
                                                         "query",
                                                         "reReplaceAll",
                                                         "safeHtml",
                                                         "sortByLabel",
                                                         "stripDomain",
                                                         "stripPort",
                                                         "strvalue",
                                                         "tableLink",
                                                         "title",
                                                         "toDuration",
                                                         "toLower",
                                                         "toTime",
                                                         "toUpper",
                                                         "urlQueryEscape",
                                                         "value"};
constexpr std::array<std::string_view, 19> kOfGo = {
    "and", "call", "eq",  "ge", "gt",    "html",   "index",   "js",    "le",      "len",
    "lt",  "ne",   "not", "or", "print", "printf", "println", "slice", "urlquery"};
constexpr std::array<std::string_view, 10> kKeywords = {
    "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"};

template <std::size_t Count>
bool is_of(const std::array<std::string_view, Count>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string quoted(std::string_view text) { return "\"" + std::string(text.substr(0, 100)) + "\""; }

// Of one text. Each function reads what it is named after and tells whether that is right; what is
// wrong is kept.
class Grammar {
 public:
  explicit Grammar(const std::vector<Token>& tokens) : tokens_(tokens) {}

  std::string complaint() {
    Ending ending{};
    if (list(ending, true) && ending != Ending::text) {
      refuse(ending == Ending::end ? "unexpected {{end}}" : "unexpected {{else}}");
    }
    return wrong_;
  }

 private:
  enum class Ending { text, end, otherwise };
  using Variables = std::vector<std::string_view>;

  const Token& here() const { return tokens_[at_]; }
  bool is(Kind kind) const { return here().kind == kind; }
  bool is_word(std::string_view word) const { return is(Kind::word) && here().text == word; }
  bool is_keyword() const { return is(Kind::word) && is_of(kKeywords, here().text); }
  void skip_space() {
    while (is(Kind::space)) ++at_;
  }
  bool refuse(std::string why) {
    if (wrong_.empty()) wrong_ = std::move(why);
    return false;
  }
  bool unexpected(const std::string& place) {
    if (is(Kind::end)) return refuse("unexpected EOF");
    const bool bare = is_keyword() || is(Kind::dot);
    return refuse("unexpected " +
                  (bare ? "<" + std::string(here().text) + ">" : quoted(here().text)) + " in " +
                  place);
  }
  bool close(const std::string& place) {
    skip_space();
    if (!is(Kind::close)) return unexpected(place);
    ++at_;
    return true;
  }

  // Actions, up to {{end}} (and past it), {{else (its word too), or the end of the text.
  bool list(Ending& ending, bool top = false) {
    while (!is(Kind::end)) {
      ++at_;  // the opening braces
      skip_space();
      if (is_word("end") || is_word("else")) {
        ending = is_word("end") ? Ending::end : Ending::otherwise;
        ++at_;
        return ending == Ending::otherwise || close("end");
      }
      if (!action(top)) return false;
    }
    ending = Ending::text;
    return true;
  }

  bool action(bool top) {
    const auto word = is(Kind::word) ? here().text : std::string_view();
    if (!is_keyword() || (word == "define" && !top)) return pipeline("command", Kind::close);
    ++at_;
    if (word == "if" || word == "with" || word == "range") return control(word);
    if (word == "define") return name("define clause") && close("define clause") && body();
    if (word == "block") {
      return name("block clause") && pipeline("block clause", Kind::close) && body();
    }
    if (word == "template") return invocation();
    if (ranges_ == 0) return refuse("{{" + std::string(word) + "}} outside {{range}}");
    return close("{{" + std::string(word) + "}}");
  }

  bool name(const std::string& place) {
    skip_space();
    if (!is(Kind::string)) return unexpected(place);
    ++at_;
    return true;
  }

  bool invocation() {
    if (!name("template clause")) return false;
    skip_space();
    if (!is(Kind::close)) return pipeline("template clause", Kind::close);
    ++at_;
    return true;
  }

  // Of a template of its own, which knows no variables of others.
  bool body() {
    const auto outer = std::exchange(variables_, {"$"});
    const auto ranges = std::exchange(ranges_, 0);
    const bool good = ended_list();
    variables_ = outer;
    ranges_ = ranges;
    return good;
  }

  bool ended_list() {
    Ending ending{};
    if (!deeper() || !list(ending)) return false;
    --depth_;
    if (ending == Ending::text) return refuse("unexpected EOF");
    return ending == Ending::end || refuse("expected end; found {{else}}");
  }

  bool deeper() { return ++depth_ <= kDeepest || refuse("nested too deeply"); }

  // The rest of {{if …}} … {{else if …}} … {{end}}, with or range.
  bool control(std::string_view kind) {
    const auto known = variables_.size();
    const int range = kind == "range" ? 1 : 0;
    Ending ending{};
    if (!deeper() || !pipeline(std::string(kind), Kind::close)) return false;
    ranges_ += range;
    if (!list(ending)) return false;
    ranges_ -= range;
    if (ending == Ending::text) return refuse("unexpected EOF");
    const bool good = ending == Ending::end || otherwise(kind);
    variables_.resize(std::min(known, variables_.size()));
    --depth_;
    return good;
  }

  bool otherwise(std::string_view kind) {
    skip_space();
    if (kind == "range" || !is_word(kind)) return close("else") && ended_list();
    ++at_;
    return control(kind);
  }

  // Up to what ends it, and past it.
  bool pipeline(const std::string& place, Kind end) {
    if (!deeper() || !declarations(place)) return false;
    for (std::size_t stage = 1;; ++stage) {
      skip_space();
      if (is(end)) {
        ++at_;
        --depth_;
        return stage > 1 || refuse("missing value for " + place);
      }
      if (!is_operand()) return unexpected(place);
      if (stage > 1 && is_literal()) {
        return refuse("non executable command in pipeline stage " + std::to_string(stage));
      }
      if (!command()) return false;
    }
  }

  bool declarations(const std::string& place) {
    skip_space();
    for (int count = 1; is(Kind::variable); ++count) {
      const auto begin = at_;
      const auto variable = here().text;
      ++at_;
      skip_space();
      const bool more = is(Kind::sign) && here().text == ",";
      if (!more && !is(Kind::assign)) {
        at_ = begin;
        return true;
      }
      ++at_;
      variables_.push_back(variable);
      if (!more) return true;
      if (place != "range" || count == 2) return refuse("too many declarations in " + place);
      skip_space();
      if (!is(Kind::variable) && !is(Kind::close)) {
        return refuse("range can only initialize variables");
      }
    }
    return true;
  }

  bool is_literal() const {
    return is(Kind::dot) || is(Kind::number) || is(Kind::string) || is_word("true") ||
           is_word("false") || is_word("nil");
  }
  bool is_operand() const {
    return is_literal() || is(Kind::field) || is(Kind::variable) || is(Kind::left_paren) ||
           (is(Kind::word) && !is_keyword());
  }

  // Operands, up to what ends the pipeline or past what goes on with it.
  bool command() {
    for (;;) {
      skip_space();
      if (is_operand() && !operand()) return false;
      if (is(Kind::space)) continue;
      if (is(Kind::close) || is(Kind::right_paren)) return true;
      if (!is(Kind::pipe)) return unexpected("operand");
      ++at_;
      return true;
    }
  }

  bool operand() {
    const auto token = here();
    const bool literal = is_literal();
    if (!literal && is(Kind::word) && !is_of(kFunctions, token.text) && !is_of(kOfGo, token.text)) {
      return refuse("function " + quoted(token.text) + " not defined");
    }
    if (is(Kind::variable) &&
        std::find(variables_.begin(), variables_.end(), token.text) == variables_.end()) {
      return refuse("undefined variable " + quoted(token.text));
    }
    ++at_;
    if (token.kind == Kind::left_paren && !pipeline("parenthesized pipeline", Kind::right_paren)) {
      return false;
    }
    if (literal && is(Kind::field)) return refuse("unexpected . after term " + quoted(token.text));
    while (is(Kind::field)) ++at_;
    return true;
  }

  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  Variables variables_{"$", "$labels", "$externalLabels", "$externalURL", "$value"};
  int ranges_ = 0;  // around here
  int depth_ = 0;
  std::string wrong_;
};

}  // namespace

std::string template_complaint(std::string_view text) {
  const auto tokens = template_tokens(text);
  return tokens ? Grammar(*tokens).complaint() : tokens.error().text;
}

}  // namespace monitron::rules
