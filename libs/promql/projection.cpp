#include "promql/projection.hpp"

#include <algorithm>

namespace monitron::promql {

Projection::Projection(std::vector<std::string> names, bool only)
    : names_(std::move(names)), only_(only) {
  if (!only_) names_.emplace_back(kMetricName);
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

bool Projection::holds(std::string_view name) const {
  return std::binary_search(names_.begin(), names_.end(), name) == only_;
}

// With its length, so that no two lists of texts become the same.
void Projection::append(std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  key_.append(reinterpret_cast<const char*>(&size), sizeof size);
  key_ += text;
}

const std::string& Projection::key(const RowView& row) {
  key_.clear();
  if (only_) {
    for (const auto& name : names_) {
      append(row.name_dropped && name == kMetricName ? std::string_view() : row.labels->get(name));
    }
    return key_;
  }
  for (const auto& [name, value] : row.labels->pairs()) {
    if (!holds(name)) continue;
    append(name);
    append(value);
  }
  return key_;
}

Labels Projection::labels(const RowView& row) const {
  std::vector<Labels::Pair> kept;
  for (const auto& pair : row.labels->pairs()) {
    if (!holds(pair.first) || (row.name_dropped && pair.first == kMetricName)) continue;
    kept.push_back(pair);
  }
  return Labels(std::move(kept));
}

}  // namespace monitron::promql
