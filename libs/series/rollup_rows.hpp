#pragma once
// Rollups of a tier as rows of chunks and chunk_times in the form of COPY … (FORMAT binary), with
// the columns that ChunkRows has. Pure. Private to this room.

#include "series/binary_rows.hpp"
#include "series/rollups.hpp"

#include <functional>
#include <vector>

namespace monitron::series {

struct SeriesRollup {
  std::int32_t series = 0;
  std::vector<Bucket> buckets{};  // of one partition
};

class RollupRows {
 public:
  RollupRows(int tier, std::int64_t part) : tier_(tier), part_(part) {}

  // Of one source: times that several have are kept once, under ids that `next_times_id` gives.
  void add(std::int32_t source, const std::vector<SeriesRollup>& rollups,
           const std::function<std::int64_t()>& next_times_id);

  std::size_t bytes() const { return chunks_.bytes() + times_.bytes(); }
  std::string finish_chunks() { return chunks_.finish(); }  // once each
  std::string finish_times() { return times_.finish(); }

 private:
  int tier_;
  std::int64_t part_;
  BinaryRows chunks_, times_;
};

}  // namespace monitron::series
