#include "exposition/metadata_reader.hpp"

#include "base/bytes.hpp"
#include "exposition/line.hpp"

#include <algorithm>
#include <optional>

namespace monitron::exposition {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

// Up to the next blank; blanks behind it go too.
std::string_view take_word(std::string_view& text) {
  const auto end = std::find_if(text.begin(), text.end(), is_blank);
  const auto word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(word.size());
  skip_blanks(text);
  return word;
}

std::string without_escapes(std::string_view text, bool quotes) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool escape = text[i] == '\\' && (next == '\\' || next == 'n' || (quotes && next == '"'));
    if (escape) ++i;
    plain += escape && next == 'n' ? '\n' : text[i];
  }
  return plain;
}

// Not within a character.
void cut(std::string& text, std::size_t most) {
  if (text.size() <= most) return;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  text.resize(most);
}

// As Prometheus names it; nothing when there is no such type.
std::optional<std::string> type_of(std::string_view text) {
  if (text == "untyped") return "unknown";
  for (const std::string_view type : {"counter", "gauge", "histogram", "gaugehistogram", "summary",
                                      "info", "stateset", "unknown"}) {
    if (text == type) return std::string(type);
  }
  return std::nullopt;
}

}  // namespace

void MetadataReader::read(std::string_view comment) {
  comment.remove_prefix(1);
  if (comment.empty() || !is_blank(comment.front())) return;
  if (comment.ends_with('\r')) comment.remove_suffix(1);
  skip_blanks(comment);
  const auto what = take_word(comment);
  if (what != "HELP" && what != "TYPE" && what != "UNIT") return;
  const auto name = take_word(comment);
  if (what == "HELP") {
    // An escape is two bytes: what is behind is cut off anyway.
    auto help =
        without_escapes(comment.substr(0, 2 * limits_.each.metadata_bytes + 8), openmetrics_);
    cut(help, limits_.each.metadata_bytes);
    if (!is_valid_utf8(help)) return;
    if (auto* place = place_of(name, help.size())) place->help = std::move(help);
    return;
  }
  const auto word = take_word(comment);
  if (what == "TYPE") {
    const auto type = type_of(word);
    if (!type) return;
    if (auto* place = place_of(name, type->size())) place->type = *type;
  } else if (word.size() <= limits_.each.name_bytes && is_valid_utf8(word)) {
    if (auto* place = place_of(name, word.size())) place->unit = word;
  }
}

// Null when it cannot be kept.
domain::MetricMetadata* MetadataReader::place_of(std::string_view name, std::size_t bytes) {
  const auto found = found_.find(name);
  const bool is_new = found == found_.end();
  if (is_new) bytes += name.size();
  if (bytes_ + bytes > limits_.bytes) return nullptr;
  if (!is_new) {
    bytes_ += bytes;
    return &found->second;
  }
  if (!is_metric_name(name) || name.size() > limits_.each.name_bytes) return nullptr;
  if (found_.size() >= limits_.each.metadata) return nullptr;
  bytes_ += bytes;
  auto& place = found_[std::string(name)];
  place.name = name;
  return &place;
}

std::vector<domain::MetricMetadata> MetadataReader::take() {
  std::vector<domain::MetricMetadata> all;
  for (auto& [name, one] : found_) all.push_back(std::move(one));
  found_.clear();
  return all;
}

}  // namespace monitron::exposition
