#pragma once
// Series of a source, encoded as rows of chunks and chunk_times in the form of COPY … (FORMAT
// binary). Pure. Private to this room.

#include "series/chunk_codec.hpp"

#include <functional>
#include <memory>

namespace monitron::series {

// What one series has in one partition: times not decreasing; equal ones in the order of storing.
struct SeriesRun {
  std::int32_t series = 0;
  std::vector<std::int64_t> times_ms{};
  std::vector<double> values{};
};

struct ChunkRowsConfig {
  int tier = 0;
  std::int64_t part = 0;
  std::size_t max_samples = 4096;  // of one chunk; longer runs are cut into even pieces
};

// COPY chunks (tier, series_id, start, finish, part, count, min, max, sum, times_id, times, data).
class ChunkRows {
 public:
  static constexpr const char* kChunkColumns =
      "(tier, series_id, start, finish, part, count, min, max, sum, times_id, times, data)";
  static constexpr const char* kTimesColumns = "(tier, source_id, start, finish, id, times)";

  explicit ChunkRows(ChunkRowsConfig config);

  // All runs of one source (or a part of them). Times that several runs share are kept once, under
  // ids that `next_times_id` gives; times that are short anyhow (a regular grid) are kept inline.
  void add(std::int32_t source, std::vector<SeriesRun>& runs,
           const std::function<std::int64_t()>& next_times_id);

  std::size_t samples() const;
  std::size_t bytes() const;    // held so far
  std::string finish_chunks();  // once each
  std::string finish_times();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace monitron::series
