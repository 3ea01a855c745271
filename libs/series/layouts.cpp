#include "series/layouts.hpp"

#include <algorithm>

namespace monitron::series {

Places::Places(const std::vector<std::int32_t>& series) {
  entries_.reserve(series.size());
  for (std::size_t i = 0; i < series.size(); ++i) {
    entries_.emplace_back(series[i], static_cast<std::int32_t>(i + 1));
  }
  std::sort(entries_.begin(), entries_.end());
}

std::span<const Places::Entry> Places::of(std::int32_t series) const {
  const auto begin = std::lower_bound(entries_.begin(), entries_.end(), Entry(series, 0));
  auto end = begin;
  while (end != entries_.end() && end->first == series) ++end;
  return {begin, end};
}

}  // namespace monitron::series
