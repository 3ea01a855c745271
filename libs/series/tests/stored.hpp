#pragma once
// What is stored, bit by bit, read from the tables themselves: the measure of compaction's tests.

#include "fixture.hpp"
#include "series/chunk_codec.hpp"
#include "series/session.hpp"

#include <bit>
#include <map>
#include <tuple>

namespace monitron::series {

// By series, in the order (time, then storing).
using Bits = std::pair<std::int64_t, std::uint64_t>;  // time in ms, value
using Stored = std::map<std::int32_t, std::vector<Bits>>;

inline Session open_session(const std::string& url) {
  auto session = Session::open(url, "test");
  if (!session) throw std::runtime_error(session.error().text);
  return std::move(*session);
}

inline void must(const Result<void>& done) {
  if (!done) throw std::runtime_error(done.error().text);
}

// The rows that no mark hides.
inline Stored read_staging(const std::string& url) {
  auto session = open_session(url);
  std::map<std::int32_t, std::vector<std::int32_t>> layouts;
  must(session.copy_out("COPY (SELECT id, series_ids FROM layouts) TO STDOUT (FORMAT binary)",
                        [&](BinaryRow& row) -> Result<void> {
                          const auto id = row.int32();
                          row.int32_array(layouts[id]);
                          return {};
                        }));
  Stored stored;
  std::vector<double> values;
  must(session.copy_out(
      "COPY (SELECT layout_id, time, \"values\" FROM staging ORDER BY time, row_id) "
      "TO STDOUT (FORMAT binary)",
      [&](BinaryRow& row) -> Result<void> {
        const auto& series = layouts.at(row.int32());
        const auto time_ms = row.time_ms();
        row.float8_array(values);
        EXPECT_EQ(series.size(), values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
          if (contracts::is_absent(values[i])) continue;
          stored[series[i]].emplace_back(time_ms, std::bit_cast<std::uint64_t>(values[i]));
        }
        return {};
      }));
  return stored;
}

struct ChunkRow {
  std::int16_t tier = 0;
  std::int32_t series = 0;
  std::int64_t start_ms = 0, finish_ms = 0, part = 0;
  std::int32_t count = 0;
  double min = 0, max = 0, sum = 0;
  std::vector<std::int64_t> times{};
  std::vector<double> values{};
};

inline void decode(ChunkRow& chunk, std::optional<std::string_view> shared,
                   std::optional<std::string_view> times, std::string_view data) {
  must(decode_values(data, chunk.values));
  if (!shared) return must(decode_times(times.value(), chunk.times));
  std::vector<std::int64_t> all;
  must(decode_times(*shared, all));
  std::vector<bool> present(all.size(), true);
  if (times) {
    present.clear();
    must(decode_presence(*times, all.size(), present));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (present.at(i)) chunk.times.push_back(all[i]);
  }
}

// Raw ones, by (series, part, start).
inline std::vector<ChunkRow> read_chunks(const std::string& url) {
  auto session = open_session(url);
  std::vector<ChunkRow> chunks;
  must(session.copy_out(
      "COPY (SELECT c.tier, c.series_id, c.start, c.finish, c.part, c.count, c.min, c.max, c.sum, "
      "t.times, c.times, c.data FROM chunks c LEFT JOIN chunk_times t ON t.id = c.times_id "
      "WHERE c.tier % 4 = 0 ORDER BY c.series_id, c.part, c.start) TO STDOUT (FORMAT binary)",
      [&](BinaryRow& row) -> Result<void> {
        ChunkRow chunk{row.int16(), row.int32(),  row.time_ms(), row.time_ms(), row.int64(),
                       row.int32(), row.float8(), row.float8(),  row.float8()};
        const auto shared = row.bytes();
        const auto times = row.bytes();
        const auto data = row.bytes();
        decode(chunk, shared, times, data.value());
        EXPECT_EQ(chunk.times.size(), static_cast<std::size_t>(chunk.count));
        EXPECT_EQ(chunk.values.size(), static_cast<std::size_t>(chunk.count));
        EXPECT_EQ(chunk.times.front(), chunk.start_ms);
        EXPECT_EQ(chunk.times.back(), chunk.finish_ms);
        chunks.push_back(std::move(chunk));
        return {};
      }));
  return chunks;
}

// Those of chunks, then those of staging, which came later: in order of time, else as they are.
inline Stored read_all(const std::string& url) {
  Stored stored;
  for (const auto& chunk : read_chunks(url)) {
    auto& samples = stored[chunk.series];
    for (std::size_t i = 0; i < chunk.times.size(); ++i) {
      samples.emplace_back(chunk.times[i], std::bit_cast<std::uint64_t>(chunk.values[i]));
    }
  }
  for (auto& [series, samples] : read_staging(url)) {
    auto& all = stored[series];
    all.insert(all.end(), samples.begin(), samples.end());
  }
  for (auto& [series, samples] : stored) {
    std::stable_sort(samples.begin(), samples.end(),
                     [](const Bits& a, const Bits& b) { return a.first < b.first; });
  }
  return stored;
}

}  // namespace monitron::series
