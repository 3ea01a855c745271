#include "series/time_sharing.hpp"

#include "series/chunk_codec.hpp"

#include <algorithm>
#include <unordered_map>

namespace monitron::series {

std::vector<std::size_t> piece_ends(Times times, std::size_t most) {
  std::vector<std::size_t> ends;
  const std::size_t pieces = (times.size() + most - 1) / most;
  std::size_t begin = 0;
  for (std::size_t i = 1; begin < times.size(); ++i) {
    std::size_t end = std::max(begin + 1, std::min(times.size(), times.size() * i / pieces));
    while (end < times.size() && times[end] == times[end - 1] && end - begin < kMaxChunkSamples) {
      ++end;
    }
    ends.push_back(end);
    begin = end;
  }
  return ends;
}

std::vector<std::int64_t> joined(Times left, Times right) {
  std::vector<std::int64_t> all;
  all.reserve(std::max(left.size(), right.size()));
  std::set_union(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(all));
  return all;
}

std::optional<std::vector<bool>> places_of(Times some, Times all) {
  if (some.size() > all.size()) return std::nullopt;
  std::vector<bool> places(all.size());
  std::size_t at = 0;
  for (const auto time : some) {
    while (at < all.size() && all[at] < time) ++at;
    if (at == all.size() || all[at] != time) return std::nullopt;
    places[at++] = true;
  }
  return places;
}

std::vector<SameTimes> grouped(const std::vector<Times>& lists) {
  std::vector<SameTimes> groups;
  std::unordered_multimap<std::size_t, std::size_t> by_hash;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const auto& times = lists[i];
    const auto hash = std::hash<std::string_view>()(
        {reinterpret_cast<const char*>(times.data()), times.size_bytes()});
    const auto [begin, end] = by_hash.equal_range(hash);
    const auto known = std::find_if(begin, end, [&](const auto& entry) {
      return std::ranges::equal(groups[entry.second].times, times);
    });
    if (known != end) {
      groups[known->second].lists.push_back(i);
    } else {
      by_hash.emplace(hash, groups.size());
      groups.push_back({times, {i}});
    }
  }
  std::ranges::stable_sort(groups, std::greater(),
                           [](const SameTimes& group) { return group.times.size(); });
  return groups;
}

}  // namespace monitron::series
