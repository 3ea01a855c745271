#pragma once
// All that the chunks of some partitions hold, series by series in the order of their numbers:
// chunks of a series are joined, its samples in the order of time, equal times in the order of
// storing. Private to this room; belongs to one thread.

#include "series/chunk_rows.hpp"
#include "series/session.hpp"

#include <functional>
#include <limits>
#include <set>
#include <unordered_map>

namespace monitron::series {

// Chunks of a tier with lower <= start < upper.
struct ChunkRange {
  int tier = 0;
  std::int64_t lower_ms = 0;
  std::int64_t upper_ms = 0;
};

// A row of chunks that is kept.
struct HeldChunk {
  std::int32_t series = 0;
  std::int64_t start_ms = 0;
  std::int64_t finish_ms = 0;
  std::int64_t part = 0;
  std::int32_t count = 0;
  std::optional<std::int64_t> times_id{};
  std::optional<std::string> times{};
  std::string data{};

  // As `columns` of a COPY … (FORMAT binary) has them.
  static constexpr const char* kColumns =
      "series_id, start, finish, part, count, times_id, times, data";
  static HeldChunk of(BinaryRow& row);
};

// Shared times that chunks refer to, as far as they were asked for.
class SharedTimes {
 public:
  // `sources`: whose chunks they are; empty if that is not known.
  Result<void> load(Session& session, const ChunkRange& range, const std::vector<HeldChunk>& chunks,
                    const std::set<std::int32_t>& sources);
  // Empty when it is not there or cannot be read, which decode_chunk finds out.
  const std::vector<std::int64_t>& of(const HeldChunk& chunk) const;

 private:
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> times_;
};

// A chunk whose bytes cannot be read, or are not what its row says.
struct DamagedChunk {
  std::int32_t series = 0;
  std::int64_t start_ms = 0;
  std::int64_t part = 0;
  std::optional<std::int64_t> times_id{};
};

std::string first_of(const std::vector<DamagedChunk>& damaged);  // some of them, for the log

// from <= time < before
struct Window {
  std::int64_t from_ms = std::numeric_limits<std::int64_t>::min();
  std::int64_t before_ms = std::numeric_limits<std::int64_t>::max();
};

struct JoinedChunks {
  SeriesRun run{};
  std::vector<DamagedChunk> damaged{};  // left out
};

// What `chunks`, which are of one series, have in a window. Sorts them.
JoinedChunks join_chunks(std::span<HeldChunk> chunks, const SharedTimes& times,
                         const Window& window = {});

class ChunkGroups {
 public:
  // `reading` streams; `asking` is asked meanwhile. About so many samples are held at once, or
  // those of an hour of one series, if these are more; chunks that overlap come on top.
  ChunkGroups(Session& reading, Session& asking, std::size_t max_samples)
      : reading_(reading), asking_(asking), max_samples_(max_samples) {}

  // Some series of one source, or of series that are not listed any more (0). They may be changed.
  // Damaged chunks of theirs are left out, and in damaged() by then.
  // `goes_on`: the last of them is not at its end, and is the first of the next call.
  using Visit =
      std::function<Result<void>(std::int32_t source, std::vector<SeriesRun>& runs, bool goes_on)>;
  // `reading` keeps its transaction; it is closed when `visit` fails.
  Result<void> run(const ChunkRange& range, const Visit& visit);

  std::size_t chunks() const { return chunks_; }
  const std::vector<DamagedChunk>& damaged() const { return damaged_; }  // nobody was given them

 private:
  Result<void> learn_sources(const ChunkRange& range);
  std::int32_t source_of(std::int32_t series) const;
  Result<void> take(BinaryRow& row, const ChunkRange& range, const Visit& visit);
  Result<void> make_room(const HeldChunk& next, const ChunkRange& range, const Visit& visit);
  Result<void> give(const ChunkRange& range, const Visit& visit,
                    std::optional<std::int64_t> cut_ms = std::nullopt);
  SeriesRun join(std::span<HeldChunk> chunks, const SharedTimes& times, const Window& window);
  void keep_from(std::int64_t cut_ms);

  Session& reading_;
  Session& asking_;
  std::size_t max_samples_;
  std::vector<std::pair<std::int32_t, std::int32_t>> sources_;  // by series
  std::vector<HeldChunk> held_;
  std::size_t held_samples_ = 0;          // that came since the last were given
  std::size_t series_samples_ = 0;        // those of the last series
  std::optional<std::int64_t> given_ms_;  // the first series was given up to here
  std::size_t chunks_ = 0;
  std::vector<DamagedChunk> damaged_;
};

}  // namespace monitron::series
