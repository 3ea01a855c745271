// Compaction against a real PostgreSQL: what was staged is in chunks, all of it, once, bit by bit,
// in the order of its storing (M-022, M-061, M-063, R-013, R-024).

#include "compaction.hpp"
#include "series/partitions.hpp"

#include <pqxx/pqxx>

namespace monitron::series {
namespace {

constexpr std::int64_t kMidnight = 1'700'006'400'000;  // UTC

TEST_F(CompactionTest, WhatWasStagedIsInChunksBitByBit) {
  Mixture mixture(1);
  auto writer = this->writer();
  std::vector<SourceId> sources(7);
  std::generate(sources.begin(), sources.end(), [] { return SourceId::make(); });
  std::uint64_t seq = 0;
  for (int load = 0; load < 12; ++load) {
    std::vector<Batch> batches;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      // Each source has several layouts, of which some share series.
      const auto width = 1 + static_cast<int>(i) * 3 + load % 3;
      const auto begin = kMidnight - 3 * kHourMs;
      batches.push_back(batch_of(sources[i], ++seq, mixture.block(series_list(width), begin, 6)));
    }
    write(writer, std::move(batches));
  }
  const auto before = read_staging(url_);
  ASSERT_GT(before.size(), 60u);
  const auto done = settle();
  EXPECT_EQ(read_all(url_), before);
  expect_nothing_staged();
  std::size_t samples = 0;
  for (const auto& [series, all] : before) samples += all.size();
  EXPECT_EQ(done.samples, samples);
  EXPECT_EQ(count("SELECT sum(count) FROM chunks"), static_cast<std::int64_t>(samples));
  EXPECT_EQ(static_cast<std::int64_t>(done.chunks), count("SELECT count(*) FROM chunks"));
  EXPECT_EQ(count("SELECT sum(loose) FROM chunk_partitions"),
            static_cast<std::int64_t>(done.chunks));
}

// However many series a source has, a piece of it has many samples of each.
TEST_F(CompactionTest, ManySeriesOfOneSourceDoNotMakeSmallChunks) {
  constexpr int kSeries = 500, kRows = 20;
  auto writer = this->writer();
  std::vector<Batch> batches;
  for (std::int64_t i = 0; i < kRows; ++i) {
    batches.push_back(batch_of(source_, static_cast<std::uint64_t>(i) + 1,
                               frame_block(series_list(kSeries), kMidnight + i * 10'000,
                                           std::vector<double>(kSeries, static_cast<double>(i)))));
  }
  write(writer, std::move(batches));
  const auto before = read_staging(url_);
  auto config = this->config();
  config.piece_bytes = 32'000;  // of samples; what is known of the series takes four times as much
  Compactor compactor(config);
  settle(compactor);
  EXPECT_EQ(read_all(url_), before);
  EXPECT_EQ(count("SELECT count(*) FROM chunks"), 2 * kSeries) << "16 samples, then 4";
}

// What was committed before a fault is told by the next step that succeeds.
TEST_F(CompactionTest, WhatAFailedStepHasCommittedIsCounted) {
  auto writer = this->writer();
  const auto good = SourceId::make();
  write(writer, {batch_of(good, 1, frame_block(series_list(3), kMidnight, {1, 2, 3}))});
  write(writer, {batch_of(SourceId::make(), 1, frame_block(series_list(2), kMidnight, {4, 5}))});
  const auto rename = [&](const std::string& add) {
    count("WITH u AS (UPDATE staging_0 SET layout_id = layout_id + " + add +
          " WHERE array_length(\"values\", 1) = 2 RETURNING 1) SELECT count(*) FROM u");
  };
  rename("1000");
  auto config = this->config();
  config.transaction_samples = 1;
  Compactor compactor(config);
  bool failed = false;
  for (int i = 0; i < 5 && !failed; ++i) failed = !compactor.step(fence_);
  ASSERT_TRUE(failed) << "no such layout";
  EXPECT_EQ(count("SELECT sum(count) FROM chunks"), 3);
  rename("-1000");
  EXPECT_EQ(settle(compactor).samples, 5u);
}

// Each day needs a table that readers must know first; who makes them does not wait for itself.
TEST_F(CompactionTest, HistoryOfManyDaysIsCompactedWithoutWaiting) {
  auto writer = this->writer();
  constexpr int kDays = 12;
  std::vector<Batch> batches;
  for (int day = 0; day < kDays; ++day) {
    batches.push_back(batch_of(source_, static_cast<std::uint64_t>(day) + 1,
                               frame_block(series_list(2), kMidnight - day * kDayMs, {1, 2})));
  }
  write(writer, std::move(batches));
  const auto begun = std::chrono::steady_clock::now();
  settle();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions"), kDays);
  expect_nothing_staged();
}

TEST_F(CompactionTest, ChunksStayInTheirPartitionAndSayWhatIsInThem) {
  Mixture mixture(2);
  auto writer = this->writer();
  const auto begin = to_ms(system_clock().now()) - 5 * kHourMs;
  for (std::uint64_t i = 1; i < 20; ++i) {
    write(writer, {batch_of(source_, i, mixture.block(series_list(5), begin, 5)),
                   batch_of(source_, 100 + i, mixture.block(series_list(5), kMidnight, 30))});
  }
  settle();
  EXPECT_EQ(count("SELECT count(*) FROM chunks c LEFT JOIN chunk_partitions p ON p.tier = c.tier "
                  "AND p.lower <= c.start AND p.upper > c.finish WHERE p.tier IS NULL"),
            0);
  for (const auto& chunk : read_chunks(url_)) {
    EXPECT_EQ(day_of(chunk.start_ms), day_of(chunk.finish_ms));
    double min = std::nan(""), max = std::nan("");
    for (const auto value : chunk.values) {
      if (std::isnan(value)) continue;
      min = std::isnan(min) ? value : std::min(min, value);
      max = std::isnan(max) ? value : std::max(max, value);
    }
    EXPECT_TRUE(min == chunk.min || (std::isnan(min) && std::isnan(chunk.min)));
    EXPECT_TRUE(max == chunk.max || (std::isnan(max) && std::isnan(chunk.max)));
  }
  EXPECT_GE(count("SELECT count(*) FROM chunk_partitions"), 4);
}

// R-013, M-022: whether its hour is compacted or not.
TEST_F(CompactionTest, LateSamplesAndEqualTimesKeepTheOrderOfTheirStoring) {
  auto writer = this->writer();
  std::vector<double> expected;
  Compactor compactor(config());
  for (int round = 0; round < 9; ++round) {
    const auto value = static_cast<double>(round * 10);
    Block block = frame_block(series_list(2), kNow, {value, -value});
    block.points.push_back({0, kNow, value + 1});
    block.points.push_back({0, kNow - 60'000, value});
    write(writer, {batch_of(source_, static_cast<std::uint64_t>(round), block)});
    expected.push_back(value);
    expected.push_back(value + 1);
    if (round % 3 != 2) settle(compactor);
  }
  const auto id =
      static_cast<std::int32_t>(count("SELECT id FROM series WHERE name = 'node_metric0'"));
  std::vector<double> found, late;
  const auto stored = read_all(url_);
  for (const auto& [time, bits] : stored.at(id)) {
    (time == kNow ? found : late).push_back(std::bit_cast<double>(bits));
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(late, (std::vector<double>{0, 10, 20, 30, 40, 50, 60, 70, 80}));
}

TEST_F(CompactionTest, EachSeriesGoesToTheTierOfItsClass) {
  auto writer = this->writer();
  read([&](pqxx::work& tx) {
    tx.exec0(
        "INSERT INTO retention_classes VALUES (2, 'test', 1, '{\"env\": \"test\"}', '7 d', '8 d', "
        "'9 d')");
    return 0;
  });
  const auto block = frame_block(series_list(6), kNow, {1, 2, 3, 4, 5, 6});
  write(writer, {batch_of(source_, 1, block)});
  read([&](pqxx::work& tx) {
    tx.exec0("UPDATE series SET class = 2 WHERE name IN ('node_metric1', 'node_metric4')");
    tx.exec0("UPDATE series SET class = 1 WHERE name = 'node_metric2'");
    return 0;
  });
  settle();
  EXPECT_EQ(count("SELECT sum(count) FROM chunks WHERE tier = 0"), 3);
  EXPECT_EQ(count("SELECT sum(count) FROM chunks WHERE tier = 4"), 1);
  EXPECT_EQ(count("SELECT sum(sum)::int FROM chunks WHERE tier = 8"), 2 + 5);
}

// A source that does not fit the limit of memory takes several pieces of one transaction.
TEST_F(CompactionTest, ALargeSourceIsCutIntoPieces) {
  Mixture mixture(3);
  auto writer = this->writer();
  std::uint64_t seq = 0;
  for (int i = 0; i < 60; ++i) {
    write(writer, {batch_of(source_, ++seq, mixture.block(series_list(20), kNow, 1)),
                   batch_of(SourceId::make(), 1, mixture.block(series_list(1), kNow, 1))});
  }
  const auto before = read_staging(url_);
  auto config = this->config();
  config.piece_bytes = 20'000;
  config.transaction_samples = 1;
  Compactor compactor(config);
  const auto done = settle(compactor);
  EXPECT_GT(done.transactions, 50u);  // each source with samples, and the end of the slot
  EXPECT_GT(count("SELECT count(DISTINCT part) FROM chunks"),
            static_cast<std::int64_t>(done.transactions) + 3);
  EXPECT_EQ(read_all(url_), before);
}

TEST_F(CompactionTest, WhoIsStoppedIsFollowedByAnother) {
  Mixture mixture(4);
  auto writer = this->writer();
  for (int i = 0; i < 10; ++i) {
    write(writer, {batch_of(SourceId::make(), 1, mixture.block(series_list(4), kNow, 1))});
  }
  const auto before = read_staging(url_);
  auto config = this->config();
  config.transaction_samples = 1;
  config.stream_time = std::chrono::milliseconds(0);
  int steps = 0;
  while (count("SELECT count(*) FROM staging") > 0) {
    Compactor compactor(config);
    const auto step = compactor.step(fence_);
    ASSERT_TRUE(step) << step.error().text;
    EXPECT_EQ(read_all(url_), before);
    ASSERT_LT(++steps, 100);
  }
  EXPECT_GE(steps, 10);
}

}  // namespace
}  // namespace monitron::series
