#pragma once
// Which series the values of staged rows are, by place; a layout never changes. Those that are in
// use no more are forgotten: lists of processes make new ones all the time. Private to this room.
// Places: any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace monitron::series {

// Counted in turns of the ring, which does not turn while somebody writes. A writer says of a
// layout that it is used (its `turn`) and goes on with it for so many turns without looking;
inline constexpr std::int64_t kTurnsKnown = 64;
// what it knows of the ring may be so old, and so may what another one knew that has made the
// layout at the same time;
inline constexpr std::int64_t kTurnsBehind = 32;
// and after so many turns nobody uses a layout that nobody has named since, and no row of it is
// staged: the ring has four slots.
inline constexpr std::int64_t kTurnsKept = 192;
static_assert(kTurnsKnown + 2 * kTurnsBehind + 4 < kTurnsKept);

// Series whose layouts are named say so too, once in so many turns, because their rows are many;
inline constexpr std::int64_t kTurnsNamed = 512;
// and are active for so many (between two and three days, of five minutes each).
inline constexpr std::int64_t kTurnsActive = 768;
static_assert(kTurnsNamed + kTurnsKept < kTurnsActive);
// A condition.
inline std::string is_active() {
  return "turn >= (SELECT turns FROM staging_ring) - " + std::to_string(kTurnsActive);
}

// Sorted by series; places count from 1, as PostgreSQL does. A series may have several.
class Places {
 public:
  explicit Places(const std::vector<std::int32_t>& series);
  using Entry = std::pair<std::int32_t, std::int32_t>;  // series, place
  std::span<const Entry> of(std::int32_t series) const;
  std::size_t size() const { return entries_.size(); }

 private:
  std::vector<Entry> entries_;
};

// Those of one source that are known, by id.
using SourceLayouts = std::map<std::int32_t, std::shared_ptr<const Places>>;
using LayoutTable = std::unordered_map<std::int32_t, std::shared_ptr<const SourceLayouts>>;

}  // namespace monitron::series
