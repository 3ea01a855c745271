#pragma once
// Reads what is stored of some series in a time range: staging, chunks and shared times in one
// statement, so that each sample is seen once however it is moved meanwhile. Its rows are kept as
// they come (encoded), and decoded series by series. Private to this room; belongs to one thread.

#include "series/chunk_reader.hpp"
#include "series/chunk_rows.hpp"
#include "series/layouts.hpp"
#include "series/partitions.hpp"
#include "series/rollups.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace monitron::series {

struct WantedSeries {
  std::int32_t id = 0;
  std::int32_t source = 0;
  std::int16_t retention_class = 0;
};

struct StoredRange {
  std::int64_t from_ms = 0;  // inclusive
  std::int64_t to_ms = 0;    // inclusive
};

// A row of the statement; its bytes are somebody else's.
struct StoredRow {
  static constexpr std::int32_t kTimes = -1, kStaged = -2;  // in place of a chunk's count

  std::int32_t id = 0;       // of the source, the layout, the series
  std::int64_t number = 0;   // id of the times, row_id, part
  std::int64_t time_ms = 0;  // of a staged row; when a chunk begins
  std::int32_t count = 0;
  std::optional<std::int64_t> times_id{};
  std::optional<std::string_view> times{};
  // Values: of a chunk, or as array_send writes them; of one place as float8send does, empty if it
  // is null.
  std::string_view data{};
};

// Brings samples in order of time; of equal times the one that stood first stays first.
void sort_by_time(Samples& samples);

// What is done with staged rows of layouts that are not known: left out, or read as a whole and
// kept until learn().
enum class UnknownLayouts { left_out, kept };

class StoredRuns {
 public:
  // `wanted` in any order, each series once. `layouts`: what is known of the sources' layouts.
  StoredRuns(std::vector<WantedSeries> wanted, const StoredRange& range, const LayoutTable& layouts,
             UnknownLayouts unknown = UnknownLayouts::kept);

  // Of rollups, which are in chunks alone.
  StoredRuns(std::vector<WantedSeries> wanted, const StoredRange& range, Resolution resolution);

  // Its columns: id, number, start (a timestamptz), count, times_id, times, data.
  std::string statement();

  Result<void> add(const StoredRow& row);
  std::size_t bytes() const;  // held

  // Layouts that rows came of though they were not known.
  std::vector<std::int32_t> unknown_layouts() const;
  void learn(std::int32_t layout, const std::shared_ptr<const Places>& places);

  std::size_t samples() const;  // of chunks and staging, some of them perhaps out of the range
  std::size_t size() const { return wanted_.size(); }
  std::optional<std::uint32_t> find(std::int32_t series) const;
  const WantedSeries& wanted(std::size_t at) const { return wanted_[at]; }
  bool in_range(std::int64_t time_ms) const {
    return time_ms >= range_.from_ms && time_ms <= range_.to_ms;
  }
  // All samples in the range, in time order, equal times in the order of storing. Once for each.
  Result<void> decode(std::size_t at, Samples& out);
  // The same of rollups: buckets that overlap the range, by time. Replaces what `out` holds.
  Result<void> decode_rollups(std::size_t at, std::vector<Bucket>& out);

 private:
  struct Piece {  // of `held_`
    std::size_t at = 0;
    std::size_t size = 0;
  };
  struct Chunk {
    std::int64_t start_ms, part;
    std::optional<std::int64_t> times_id;
    std::int32_t count;
    std::optional<Piece> times;
    Piece data;
  };
  struct Staged {
    std::int64_t time_ms, row;
    double value;
  };
  struct Series {
    std::vector<Chunk> chunks;
    std::vector<Staged> staged;
  };
  struct Target {  // where a value of a layout goes
    std::int32_t place = 0;
    std::uint32_t series = 0;
  };
  struct Layout {
    std::int32_t first = 0;  // place of the first value that is sent
    std::int32_t last = -1;
    std::vector<Target> targets;
  };
  struct Slice {  // of rows of these layouts, from place to place
    std::int32_t first = 0;
    std::int32_t last = 0;
    std::vector<std::int32_t> layouts;
  };
  struct Whole {  // a row of an unknown layout
    std::int64_t time_ms, row;
    Piece data;
  };

  void note_layout(std::int32_t id, const std::vector<std::uint32_t>& of_source,
                   const Places& places);
  Piece keep(std::string_view bytes);
  std::string_view piece(const Piece& piece) const;
  Result<void> add_chunk(const StoredRow& row);
  Result<void> add_staged(const Layout& layout, std::int64_t time_ms, std::int64_t row,
                          std::string_view data, std::int32_t first);
  Result<std::span<const std::int64_t>> shared_times(const Chunk& chunk);
  Result<void> decode_one(const Chunk& chunk, Samples& samples);
  Result<bool> decode_chunks(const std::vector<Chunk>& chunks, Samples& out);
  std::vector<Slice> slices();
  std::string staged_statement();
  std::string chunk_statement() const;

  std::vector<WantedSeries> wanted_;  // by series
  StoredRange range_;
  UnknownLayouts unknown_layouts_ = UnknownLayouts::left_out;
  Resolution resolution_ = Resolution::raw;
  std::vector<std::int32_t> sources_;
  std::vector<Series> series_;
  std::unordered_map<std::int32_t, Layout> layouts_;
  std::map<std::int32_t, std::vector<Whole>> unknown_;
  std::string held_;
  std::unordered_map<std::int64_t, Piece> shared_;
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> decoded_;
};

}  // namespace monitron::series
