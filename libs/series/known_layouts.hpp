#pragma once
// What series the values of staged rows are, and of which class these series are: both never
// change, so it is remembered, up to a limit. Private to this room.

#include "series/session.hpp"

#include <memory>
#include <span>
#include <unordered_map>

namespace monitron::series {

struct Place {
  std::int32_t series = 0;
  std::int32_t retention_class = 0;
};

class KnownLayouts {
 public:
  explicit KnownLayouts(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Of a layout that a row of `source` in `table` has; asks for all that the next sources there
  // have as well. Stays valid up to the next call.
  Result<std::span<const Place>> find(Session& session, const std::string& table,
                                      std::int32_t source, std::int32_t layout);

 private:
  struct Range {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  Result<void> load(Session& session, const std::string& table, std::int32_t source);
  std::size_t bytes() const;

  std::size_t max_bytes_;
  std::unordered_map<std::int32_t, Range> layouts_;
  std::vector<Place> places_;
};

}  // namespace monitron::series
