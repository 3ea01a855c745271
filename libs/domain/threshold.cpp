#include "domain/threshold.hpp"

#include "base/label_name.hpp"
#include "base/text.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace monitron::domain {
namespace {

bool is_name_character(char c, bool first, bool colon) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colon && c == ':') ||
         (!first && c >= '0' && c <= '9');
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  // Empty when there is none.
  std::string name(bool colon) {
    skip_blanks();
    const auto start = at_;
    while (at_ < text_.size() && is_name_character(text_[at_], at_ == start, colon)) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }
  std::optional<std::string> quoted() {
    if (!take("\"")) return std::nullopt;
    std::string out;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return out;
      }
      if (text_[at_] == '\\' && ++at_ == text_.size()) break;
      out += text_[at_];
    }
    return std::nullopt;
  }
  std::string_view rest() {
    skip_blanks();
    return text_.substr(at_);
  }
  tl::unexpected<Error> expected(std::string_view what) const {
    return fail(Fault::invalid,
                std::string(what) + " expected at position " + std::to_string(at_ + 1));
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

Result<void> read_labels(Reader& reader, LabelSet& labels) {
  if (!reader.take("{")) return {};
  while (!reader.take("}")) {
    auto name = reader.name(false);
    if (name.empty()) return reader.expected("label name");
    if (!reader.take("=")) return reader.expected("=");
    auto value = reader.quoted();
    if (!value) return reader.expected("quoted value");
    labels[std::move(name)] = std::move(*value);
    if (reader.take("}")) return {};
    if (!reader.take(",")) return reader.expected(", or }");
  }
  return {};
}

std::optional<Comparison> read_comparison(Reader& reader) {
  // The longer ones first: ">" is the beginning of ">=".
  constexpr std::array<std::pair<std::string_view, Comparison>, 6> all{
      {{">=", Comparison::greater_equal},
       {"<=", Comparison::less_equal},
       {"==", Comparison::equal},
       {"!=", Comparison::not_equal},
       {">", Comparison::greater},
       {"<", Comparison::less}}};
  for (const auto& [text, comparison] : all) {
    if (reader.take(text)) return comparison;
  }
  return std::nullopt;
}

// Without its limit, which is what `reader` stands before then.
Result<Threshold> read_head(Reader& reader) {
  Threshold threshold;
  threshold.metric = reader.name(true);
  if (threshold.metric.empty()) return reader.expected("metric name");
  if (auto labels = read_labels(reader, threshold.labels); !labels) return fail(labels.error());
  const auto comparison = read_comparison(reader);
  if (!comparison) return reader.expected("one of > >= < <= == !=");
  threshold.comparison = *comparison;
  return threshold;
}

}  // namespace

bool selects(const LabelSet& selector, const LabelSet& labels) {
  for (const auto& [name, value] : selector) {
    auto found = labels.find(name);
    if (found == labels.end() && !is_label_name(name)) found = labels.find(as_label_name(name));
    if (found == labels.end() || found->second != value) return false;
  }
  return true;
}

bool Threshold::holds(double value) const {
  switch (comparison) {
    case Comparison::greater:
      return value > limit;
    case Comparison::greater_equal:
      return value >= limit;
    case Comparison::less:
      return value < limit;
    case Comparison::less_equal:
      return value <= limit;
    case Comparison::equal:
      return value == limit;
    case Comparison::not_equal:
      return value != limit;
  }
  return false;
}

Result<Threshold> parse_threshold(std::string_view text) {
  Reader reader(text);
  auto threshold = read_head(reader);
  if (!threshold) return threshold;
  const auto limit = parse_number<double>(trim(reader.rest()));
  if (!limit) return reader.expected("number");
  threshold->limit = *limit;
  return threshold;
}

Result<std::string> with_limit(std::string_view text, double limit) {
  if (const auto good = parse_threshold(text); !good) return fail(good.error());
  Reader reader(text);
  (void)read_head(reader);
  std::array<char, 32> number{};
  const auto end = std::to_chars(number.data(), number.data() + number.size(), limit).ptr;
  const auto head = text.substr(0, text.size() - reader.rest().size());
  return std::string(trim(head)) + " " + std::string(number.data(), end);
}

}  // namespace monitron::domain
