#include "probe/dialogue.hpp"

#include "domain/check.hpp"

#include <re2/re2.h>

namespace monitron::probe {

namespace {

constexpr std::size_t kMostSearched = 16 << 20;

}  // namespace

std::string Dialogue::begin_turn() {
  searched_ = 0;
  const auto bytes = domain::parse_escapes(turns_[turn_].send);
  if (!bytes || bytes->empty()) return {};
  heard_.clear();
  return *bytes;
}

Dialogue::Heard Dialogue::hear(std::string_view bytes, const re2::RE2* expect) {
  heard_ += bytes.substr(0, kMost + 1 - std::min(kMost + 1, heard_.size()));
  if (expect != nullptr) {
    const re2::StringPiece text(heard_.data(), heard_.size());
    re2::StringPiece found;
    searched_ += heard_.size();
    if (!expect->Match(text, 0, text.size(), re2::RE2::UNANCHORED, &found, 1)) {
      const bool much = heard_.size() > kMost || searched_ > kMostSearched;
      return much ? Heard::too_much : Heard::waiting;
    }
    heard_.erase(0, static_cast<std::size_t>(found.data() + found.size() - text.data()));
  }
  ++turn_;
  return Heard::matched;
}

}  // namespace monitron::probe
