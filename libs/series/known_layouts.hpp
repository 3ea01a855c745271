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

// A row of a staging table, and where it stands in its order.
struct StagedRow {
  std::int32_t source = 0;
  std::int32_t layout = 0;
  std::int64_t time_ms = 0;
  std::int64_t number = 0;  // row_id
};

// Forgets those that nobody uses any more; of very many some. Waits for nobody.
Result<void> forget_layouts(Session& session);

class KnownLayouts {
 public:
  explicit KnownLayouts(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Of the layout of a row of `table`; asks for those of the next rows there as well, in a time
  // that does not grow with the table. Stays valid up to the next call.
  Result<std::span<const Place>> find(Session& session, const std::string& table,
                                      const StagedRow& row);

 private:
  struct Range {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  Result<void> load(Session& session, const std::string& table, const StagedRow& row);
  Result<void> read(Session& session, const std::vector<std::int32_t>& ids);
  std::size_t bytes() const;

  std::size_t max_bytes_;
  std::unordered_map<std::int32_t, Range> layouts_;
  std::vector<Place> places_;
};

}  // namespace monitron::series
