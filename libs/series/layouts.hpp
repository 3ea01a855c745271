#pragma once
// Which series the values of staged rows are, by place; a layout never changes. Private to this
// room. Belongs to one thread.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace monitron::series {

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
