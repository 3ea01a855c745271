// Runs of series as rows of chunks, and back.

#include "series/chunk_rows.hpp"

#include "copied_rows.hpp"
#include "sequences.hpp"
#include "series/chunk_reader.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace monitron::series {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kNoon = 19'675 * kDay + kDay / 2;

// What was written, and what it holds.
class Written {
 public:
  explicit Written(std::vector<SeriesRun> runs, ChunkRowsConfig config = {})
      : runs_(std::move(runs)), rows_(config) {
    rows_.add(7, runs_, [this] { return next_id_++; });
    samples_ = rows_.samples();
    chunks_ = copied_rows(rows_.finish_chunks());
    times_ = copied_rows(rows_.finish_times());
  }

  std::size_t samples() const { return samples_; }
  const std::vector<CopiedRow>& chunks() const { return chunks_; }
  const std::vector<CopiedRow>& times() const { return times_; }

  std::vector<std::int64_t> shared_times(std::int64_t id) const {
    std::vector<std::int64_t> times;
    for (const auto& row : times_) {
      if (row.number(4) != id) continue;
      const auto done = decode_times(*row.at(5), times);
      EXPECT_TRUE(done) << done.error().text;
    }
    return times;
  }

  Samples of(std::int32_t series) const {
    Samples samples;
    for (const auto& row : chunks_) {
      if (row.number(1) != series) continue;
      std::vector<std::int64_t> shared;
      if (row.at(9)) shared = shared_times(row.number(9));
      const StoredChunk chunk{static_cast<std::size_t>(row.number(5)), row.at(9).has_value(),
                              row.at(10), *row.at(11)};
      const auto done = decode_chunk(chunk, shared, samples);
      EXPECT_TRUE(done) << done.error().text;
    }
    return samples;
  }

  void expect_kept() const {
    for (const auto& run : runs_) {
      const auto samples = of(run.series);
      EXPECT_EQ(samples.times_ms, run.times_ms) << run.series;
      EXPECT_EQ(bits_of(samples.values), bits_of(run.values)) << run.series;
    }
  }

 private:
  std::vector<SeriesRun> runs_;
  ChunkRows rows_;
  std::int64_t next_id_ = 100;
  std::size_t samples_ = 0;
  std::vector<CopiedRow> chunks_;
  std::vector<CopiedRow> times_;
};

SeriesRun run_of(std::int32_t series, std::vector<std::int64_t> times) {
  SeriesRun run{series, std::move(times), {}};
  for (std::size_t i = 0; i < run.times_ms.size(); ++i) {
    run.values.push_back(static_cast<double>(series) + static_cast<double>(i % 10));
  }
  return run;
}

std::vector<std::int64_t> jittered(std::size_t count, std::int64_t begin = kNoon) {
  std::mt19937 random(1);
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < count; ++i) {
    times.push_back(begin + static_cast<std::int64_t>(i * 10'000 + random() % 10));
  }
  return times;
}

std::vector<SeriesRun> runs_of(std::int32_t series, const std::vector<std::int64_t>& times) {
  std::vector<SeriesRun> runs;
  for (std::int32_t i = 1; i <= series; ++i) runs.push_back(run_of(i, times));
  return runs;
}

TEST(ChunkRows, KeepSharedTimesOnce) {
  const Written written(runs_of(20, jittered(720)), {.tier = 4, .part = 9});
  written.expect_kept();
  ASSERT_EQ(written.chunks().size(), 20u);
  EXPECT_EQ(written.samples(), 20u * 720);
  ASSERT_EQ(written.times().size(), 1u);
  EXPECT_EQ(written.times()[0].number(0), 4);
  EXPECT_EQ(written.times()[0].number(1), 7);
  const auto& row = written.chunks()[0];
  EXPECT_EQ(row.number(0), 4);
  EXPECT_EQ(row.time_ms(2), jittered(720).front());
  EXPECT_EQ(row.time_ms(3), jittered(720).back());
  EXPECT_EQ(row.number(4), 9);
  EXPECT_EQ(row.number(9), 100);
  EXPECT_FALSE(row.at(10));
}

TEST(ChunkRows, KeepAGridOfTimesInTheRow) {
  std::vector<std::int64_t> grid(360);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    grid[i] = kNoon + static_cast<std::int64_t>(i) * 10'000;
  }
  const Written written(runs_of(20, grid));
  written.expect_kept();
  EXPECT_TRUE(written.times().empty());
  EXPECT_LE(written.chunks()[0].at(10)->size(), 12u);
}

TEST(ChunkRows, OfSeriesThatMissReportsSayWhich) {
  auto runs = runs_of(20, jittered(720));
  for (auto& run : runs) {
    const auto at = static_cast<std::ptrdiff_t>(run.series) * 30;
    run.times_ms.erase(run.times_ms.begin() + at, run.times_ms.begin() + at + 3);
    run.values.resize(run.times_ms.size());
  }
  const Written written(runs);
  written.expect_kept();
  EXPECT_EQ(written.times().size(), 1u);
  EXPECT_LE(written.chunks()[0].at(10)->size(), 8u);
}

TEST(ChunkRows, OfTwoRhythmsShareTwice) {
  auto runs = runs_of(20, jittered(720));
  for (std::int32_t i = 21; i <= 40; ++i) runs.push_back(run_of(i, jittered(700, kNoon + 5'000)));
  const Written written(runs);
  written.expect_kept();
  EXPECT_EQ(written.times().size(), 2u);
}

TEST(ChunkRows, AreCutInEvenPiecesAndAtMidnight) {
  const Written written(runs_of(3, jittered(8640)), {.max_samples = 1000});
  written.expect_kept();
  EXPECT_EQ(written.chunks().size(), 3u * 10);
  for (const auto& row : written.chunks()) {
    EXPECT_EQ(row.number(5), 864);
    EXPECT_EQ(row.time_ms(2) / kDay, row.time_ms(3) / kDay);
  }
}

TEST(ChunkRows, KeepEqualTimesInTheirOrder) {
  auto times = jittered(1000);
  for (std::size_t i = 400; i < 600; ++i) times[i] = times[400];
  auto runs = runs_of(2, times);
  runs[1].values[450] = 1e9;
  const Written written(runs, {.max_samples = 100});
  written.expect_kept();
  const auto ends_there = std::ranges::count_if(
      written.chunks(), [&](const auto& row) { return row.time_ms(3) == times[400]; });
  EXPECT_EQ(ends_there, 2);
}

TEST(ChunkRows, SumUpWhatIsANumber) {
  SeriesRun run = run_of(1, jittered(5));
  run.values = {std::nan(""), 3, -1, double_of(0x7ff0000000000002), 2};
  SeriesRun none = run_of(2, jittered(2));
  none.values = {std::nan(""), std::nan("")};
  const Written written({run, none});
  written.expect_kept();
  EXPECT_EQ(written.chunks()[0].real(6), -1);
  EXPECT_EQ(written.chunks()[0].real(7), 3);
  EXPECT_EQ(written.chunks()[0].real(8), 4);
  EXPECT_TRUE(std::isnan(written.chunks()[1].real(6)));
  EXPECT_TRUE(std::isnan(written.chunks()[1].real(8)));
}

TEST(ChunkRows, KeepWhateverComes) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    std::vector<SeriesRun> runs;
    const auto all = jittered(random() % 3000, kNoon - static_cast<std::int64_t>(random() % kDay));
    for (std::int32_t i = 1; i <= 12; ++i) {
      std::vector<std::int64_t> times;
      const unsigned missing = random() % 4;
      for (const auto time : all) {
        for (unsigned k = random() % 10 < missing ? 0 : 1 + (random() % 50 == 0 ? 1 : 0); k > 0;
             --k)
          times.push_back(time + (i % 5 == 0 ? static_cast<std::int64_t>(random() % 10) : 0));
      }
      std::ranges::sort(times);
      runs.push_back(run_of(i, times));
    }
    Written(runs, {.max_samples = 50 + random() % 2000}).expect_kept();
  }
}

}  // namespace
}  // namespace monitron::series
