#pragma once
// Which series of a source have the same times, so that these are kept once. Pure. Private to this
// room.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace monitron::series {

using Times = std::span<const std::int64_t>;

// Of `count` things in even pieces of at most `most`: where each ends. Equal times stay together,
// so that their order is that of one chunk.
std::vector<std::size_t> piece_ends(Times times, std::size_t most);

// The union of two lists; a time is in it as often as in the one that has it more often.
std::vector<std::int64_t> joined(Times left, Times right);

// Which of `all` are `some`; nothing if some are not in it.
std::optional<std::vector<bool>> places_of(Times some, Times all);

// The distinct ones among `lists`, the longest first, with the indexes of those that are equal.
struct SameTimes {
  Times times{};
  std::vector<std::size_t> lists{};
};
std::vector<SameTimes> grouped(const std::vector<Times>& lists);

}  // namespace monitron::series
