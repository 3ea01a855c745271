#include "promql/replacement.hpp"

#include <algorithm>
#include <re2/re2.h>

namespace monitron::promql {

namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The name at the start of what follows a dollar, and how many bytes it takes; empty: none.
struct Reference {
  std::string name;
  std::size_t bytes = 0;
};

Reference reference_in(std::string_view text) {
  const bool braces = !text.empty() && text.front() == '{';
  const auto rest = text.substr(braces ? 1 : 0);
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_word);
  const auto length = static_cast<std::size_t>(end - rest.begin());
  if (length == 0 || (braces && (end == rest.end() || *end != '}'))) return {};
  return {std::string(rest.substr(0, length)), length + (braces ? 2 : 0)};
}

}  // namespace

struct Replacement::Regex {
  explicit Regex(const std::string& text) : re(text, quiet()) {}
  RE2 re;
};

Replacement::Replacement() = default;
Replacement::~Replacement() = default;
Replacement::Replacement(Replacement&&) noexcept = default;

Result<Replacement> Replacement::make(std::string_view regex, std::string_view text) {
  Replacement made;
  made.regex_ = std::make_unique<const Regex>("^(?:" + std::string(regex) + ")$");
  if (!made.regex_->re.ok()) return fail(Fault::invalid, made.regex_->re.error());
  made.parse(text);
  return made;
}

// A number is that of a group, unless zeros lead it; groups that do not exist are empty.
int Replacement::group_of(const std::string& name) const {
  const RE2& re = regex_->re;
  const bool digits =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits && name.size() <= 6 && (name.front() != '0' || name.size() == 1)) {
    const int group = std::stoi(name);
    return group <= re.NumberOfCapturingGroups() ? group : -1;
  }
  const auto& groups = re.NamedCapturingGroups();
  const auto at = groups.find(name);
  return at == groups.end() ? -1 : at->second;
}

void Replacement::parse(std::string_view text) {
  Piece piece;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '$') {
      piece.text += c;
      continue;
    }
    if (!text.empty() && text.front() == '$') {
      piece.text += '$';
      text.remove_prefix(1);
      continue;
    }
    const auto reference = reference_in(text);
    if (reference.bytes == 0) {
      piece.text += '$';
      continue;
    }
    text.remove_prefix(reference.bytes);
    piece.group = group_of(reference.name);
    pieces_.push_back(std::exchange(piece, {}));
  }
  pieces_.push_back(std::move(piece));
}

std::optional<std::string> Replacement::apply(std::string_view value) const {
  const RE2& re = regex_->re;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(re.NumberOfCapturingGroups()) + 1);
  if (!re.Match(value, 0, value.size(), RE2::UNANCHORED, groups.data(),
                static_cast<int>(groups.size()))) {
    return {};
  }
  std::string out;
  for (const auto& piece : pieces_) {
    out += piece.text;
    if (piece.group < 0) continue;
    const auto& group = groups[static_cast<std::size_t>(piece.group)];
    out.append(group.data(), group.size());
  }
  return out;
}

}  // namespace monitron::promql
