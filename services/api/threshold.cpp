#include "api/threshold.hpp"

#include "base/text.hpp"

#include <array>
#include <string>

namespace monitron::api {
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
  bool take_name(bool colon) {
    skip_blanks();
    const auto start = at_;
    while (at_ < text_.size() && is_name_character(text_[at_], at_ == start, colon)) ++at_;
    return at_ > start;
  }
  bool take_quoted() {
    if (!take("\"")) return false;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        return true;
      }
    }
    return false;
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

Result<void> read_labels(Reader& reader) {
  if (!reader.take("{")) return {};
  while (!reader.take("}")) {
    if (!reader.take_name(false)) return reader.expected("label name");
    if (!reader.take("=")) return reader.expected("=");
    if (!reader.take_quoted()) return reader.expected("quoted value");
    if (reader.take("}")) return {};
    if (!reader.take(",")) return reader.expected(", or }");
  }
  return {};
}

}  // namespace

Result<void> check_threshold(std::string_view text) {
  Reader reader(text);
  if (!reader.take_name(true)) return reader.expected("metric name");
  if (auto labels = read_labels(reader); !labels) return labels;
  bool found = false;
  for (const std::string_view op : {">=", "<=", "==", "!=", ">", "<"}) {
    if (reader.take(op)) {
      found = true;
      break;
    }
  }
  if (!found) return reader.expected("one of > >= < <= == !=");
  const auto number = trim(reader.rest());
  if (!parse_number<double>(number)) return reader.expected("number");
  return {};
}

}  // namespace monitron::api
