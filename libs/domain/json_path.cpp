#include "domain/json_path.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace monitron::domain {

namespace {

// Thrown within this file only: a grammar of a dozen rules that each may fail reads better so.
struct Mistake {
  std::size_t place;
  std::string text;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3f));
  } else {
    add(0xf0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3f));
    add(0x80 | (code >> 6 & 0x3f));
  }
  add(0x80 | (code & 0x3f));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  JsonPath whole() {
    if (!take("$")) refuse("must begin with $");
    JsonPath path{false, segments()};
    if (at_ < text_.size()) refuse("unexpected text");
    return path;
  }

 private:
  [[noreturn]] void refuse(std::string text) const { throw Mistake{at_, std::move(text)}; }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  void need(std::string_view token) {
    if (!take(token)) refuse("expected " + std::string(token));
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }

  std::vector<JsonSegment> segments() {
    std::vector<JsonSegment> found;
    for (;;) {
      const std::size_t before = at_;
      skip_blanks();
      if (peek() != '.' && peek() != '[') {
        at_ = before;  // blanks may stand between segments, not behind them
        return found;
      }
      found.push_back(segment());
    }
  }

  JsonSegment segment() {
    JsonSegment segment;
    segment.descends = take("..");
    if (!segment.descends && peek() == '.') {
      ++at_;
      segment.selectors.push_back(shorthand());
    } else if (take("[")) {
      segment.selectors = bracketed();
    } else {
      segment.selectors.push_back(shorthand());
    }
    return segment;
  }

  JsonSelector shorthand() {
    if (take("*")) return JsonWildcard{};
    if (!is_name_start(peek())) refuse("expected a name or *");
    return word([](char c) { return is_name_start(c) || is_digit(c); });
  }

  template <class Belongs>
  std::string word(Belongs belongs) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::vector<JsonSelector> bracketed() {
    std::vector<JsonSelector> selectors;
    do {
      skip_blanks();
      selectors.push_back(selector());
      skip_blanks();
    } while (take(","));
    need("]");
    return selectors;
  }

  JsonSelector selector() {
    if (peek() == '\'' || peek() == '"') return quoted();
    if (take("*")) return JsonWildcard{};
    if (take("?")) {
      skip_blanks();
      return std::make_shared<const JsonFilter>(any_of());
    }
    std::optional<std::int64_t> first;
    if (peek() != ':') first = integer();
    const std::size_t before = at_;
    skip_blanks();
    if (take(":")) return slice(first);
    at_ = before;
    return *first;
  }

  JsonSlice slice(std::optional<std::int64_t> from) {
    const auto part = [&]() -> std::optional<std::int64_t> {
      skip_blanks();
      if (is_digit(peek()) || peek() == '-') return integer();
      return std::nullopt;
    };
    JsonSlice slice{from, part(), 1};
    skip_blanks();
    if (take(":")) slice.step = part().value_or(1);
    return slice;
  }

  std::int64_t integer() {
    constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;  // of I-JSON
    const std::size_t begin = at_;
    take("-");
    if (!is_digit(peek())) refuse("expected a name in quotes, an index, a slice, * or ?");
    const std::string digits = word(is_digit);
    const auto number = parse_number<std::int64_t>(text_.substr(begin, at_ - begin));
    const bool padded = digits.front() == '0' && at_ - begin > 1;
    if (padded || !number || *number > kMost || *number < -kMost) refuse("no such index");
    return *number;
  }

  std::string quoted() {
    const char quote = text_[at_++];
    std::string found;
    while (peek() != quote || at_ >= text_.size()) {
      if (at_ >= text_.size() || static_cast<unsigned char>(peek()) < 0x20) {
        refuse("a text is not closed");
      }
      if (take("\\")) {
        escape(found, quote);
      } else {
        found += text_[at_++];
      }
    }
    ++at_;
    return found;
  }

  void escape(std::string& found, char quote) {
    constexpr std::string_view kNames = "bfnrt/\\";
    constexpr std::string_view kMeanings = "\b\f\n\r\t/\\";
    const char name = peek();
    if (name == 'u') {
      ++at_;
      return append_utf8(found, code_point());
    }
    const auto place = kNames.find(name);
    if (at_ >= text_.size() || (place == std::string_view::npos && name != quote)) {
      refuse("no such escape");
    }
    found += name == quote ? quote : kMeanings[place];
    ++at_;
  }

  std::uint32_t code_point() {
    const std::uint32_t high = four_digits();
    if (high < 0xd800 || high > 0xdfff) return high;
    if (high > 0xdbff || !take("\\u")) refuse("half a character");
    const std::uint32_t low = four_digits();
    if (low < 0xdc00 || low > 0xdfff) refuse("half a character");
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  }

  std::uint32_t four_digits() {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      const char digit = peek() >= 'A' && peek() <= 'F' ? static_cast<char>(peek() + 32) : peek();
      const auto value = kDigits.find(digit);
      if (at_ >= text_.size() || value == std::string_view::npos)
        refuse("expected four hex digits");
      code = code << 4 | static_cast<std::uint32_t>(value);
      ++at_;
    }
    return code;
  }

  JsonFilter any_of() { return joined("||", JsonFilter::Kind::any_of, &Parser::all_of); }
  JsonFilter all_of() { return joined("&&", JsonFilter::Kind::all_of, &Parser::basic); }

  JsonFilter joined(std::string_view op, JsonFilter::Kind kind, JsonFilter (Parser::*part)()) {
    JsonFilter all{kind, {}, {}, {}};
    all.parts.push_back((this->*part)());
    for (;;) {
      const std::size_t before = at_;
      skip_blanks();
      if (!take(op)) {
        at_ = before;
        break;
      }
      skip_blanks();
      all.parts.push_back((this->*part)());
    }
    return all.parts.size() == 1 ? JsonFilter(all.parts.front()) : all;
  }

  JsonFilter basic() {
    if (peek() == '!' && peek(1) != '=') {
      ++at_;
      skip_blanks();
      if (peek() != '(') return {JsonFilter::Kind::none_of, {test(operand())}, {}, {}};
      return {JsonFilter::Kind::none_of, {in_parentheses()}, {}, {}};
    }
    if (peek() == '(') return in_parentheses();
    JsonOperand left = operand();
    const std::size_t before = at_;
    skip_blanks();
    for (const char* op : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (!take(op)) continue;
      skip_blanks();
      JsonFilter filter{JsonFilter::Kind::compares, {}, {}, op};
      filter.operands = {comparable(std::move(left)), comparable(operand())};
      return filter;
    }
    at_ = before;
    return test(std::move(left));
  }

  JsonFilter in_parentheses() {
    const Depth depth(*this);
    need("(");
    skip_blanks();
    JsonFilter inside = any_of();
    skip_blanks();
    need(")");
    return inside;
  }

  // What may stand alone: a path that must select something, or a function that says yes or no.
  JsonFilter test(JsonOperand operand) const {
    const auto* call = std::get_if<std::shared_ptr<const JsonCall>>(&operand);
    if (std::holds_alternative<JsonLiteral>(operand)) refuse("a value must be compared");
    if (call != nullptr && (*call)->gives_value()) refuse("its value must be compared");
    return {JsonFilter::Kind::holds, {}, {std::move(operand)}, {}};
  }

  // What may be compared: one value.
  JsonOperand comparable(JsonOperand operand) const {
    const auto* path = std::get_if<JsonPath>(&operand);
    const auto* call = std::get_if<std::shared_ptr<const JsonCall>>(&operand);
    if (path != nullptr && !path->singular()) refuse("may select more than one value");
    if (call != nullptr && !(*call)->gives_value()) refuse("has no value to compare");
    return operand;
  }

  JsonOperand operand() {
    const Depth depth(*this);
    if (take("$")) return JsonPath{false, segments()};
    if (take("@")) return JsonPath{true, segments()};
    if (peek() == '\'' || peek() == '"') return JsonLiteral(quoted());
    if (is_digit(peek()) || peek() == '-') return JsonLiteral(number());
    const std::size_t begin = at_;
    const std::string name = word([](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (peek() == '(') return call(name);
    if (name == "true") return JsonLiteral(true);
    if (name == "false") return JsonLiteral(false);
    if (name == "null") return JsonLiteral(nullptr);
    at_ = begin;
    refuse("expected a path, a value or a function");
  }

  double number() {
    const std::size_t begin = at_;
    take("-");
    const std::string digits = word(is_digit);
    bool good = !digits.empty() && (digits.size() == 1 || digits.front() != '0');
    if (take(".")) good = good && !word(is_digit).empty();
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      good = good && !word(is_digit).empty();
    }
    std::string text(text_.substr(begin, at_ - begin));
    text.erase(std::remove(text.begin(), text.end(), '+'), text.end());  // from_chars knows none
    const auto value = parse_number<double>(text);
    if (!good || !value) refuse("no such number");
    return *value;
  }

  JsonOperand call(const std::string& name) {
    using Function = JsonCall::Function;
    constexpr std::array<std::pair<std::string_view, std::size_t>, 5> kFunctions{
        {{"length", 1}, {"count", 1}, {"value", 1}, {"match", 2}, {"search", 2}}};
    const auto* known = std::find_if(kFunctions.begin(), kFunctions.end(),
                                     [&](const auto& one) { return one.first == name; });
    if (known == kFunctions.end()) refuse("no such function");
    JsonCall call{static_cast<Function>(known - kFunctions.begin()), {}};
    need("(");
    do {
      skip_blanks();
      JsonOperand argument = operand();
      const bool of_nodes = call.function == Function::count || call.function == Function::value;
      if (of_nodes && !std::holds_alternative<JsonPath>(argument)) refuse("needs a path");
      call.arguments.push_back(of_nodes ? std::move(argument) : comparable(std::move(argument)));
      skip_blanks();
    } while (take(","));
    need(")");
    if (call.arguments.size() != known->second) refuse("wrong number of arguments");
    return std::make_shared<const JsonCall>(std::move(call));
  }

  // Nested filters, parentheses and calls use the stack.
  struct Depth {
    explicit Depth(Parser& parser) : owner(parser) {
      if (++owner.depth_ > 32) owner.refuse("nested too deeply");
    }
    ~Depth() { --owner.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    Parser& owner;
  };

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

bool JsonPath::singular() const {
  return std::all_of(segments.begin(), segments.end(), [](const JsonSegment& segment) {
    return !segment.descends && segment.selectors.size() == 1 &&
           segment.selectors.front().index() <= 1;  // a name or an index
  });
}

Result<JsonPath> JsonPath::parse(std::string_view text) {
  try {
    return Parser(text).whole();
  } catch (const Mistake& mistake) {
    return fail(Fault::invalid, "is no JSONPath: at character " +
                                    std::to_string(mistake.place + 1) + ": " + mistake.text);
  }
}

}  // namespace monitron::domain
