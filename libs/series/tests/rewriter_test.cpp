// Rewriting partitions: nothing lost, nothing twice, whoever reads, adds or is killed meanwhile.
#include "series/rewriter.hpp"

#include "chunk_world.hpp"
#include "testkit/eventually.hpp"

#include <random>
#include <thread>

namespace monitron::series {
namespace {

class RewriterTest : public ChunkWorld {
 protected:
  RewriterConfig config() const {
    RewriterConfig config;
    config.database_url = url_;
    config.application_name = "rewriter test";
    config.group_samples = 500;  // several groups
    config.copy_bytes = 4096;    // several copies
    config.lock_pause = std::chrono::milliseconds(10);
    return config;
  }
  Rewritten rewritten(std::int64_t lower, std::int64_t upper, std::int64_t now) {
    const auto done = rewrite(config(), fence_, {0, lower, upper}, from_ms(now));
    EXPECT_TRUE(done) << done.error().text;
    return done.value_or(Rewritten{});
  }
  // So many samples of each series from..to, every 10 s from `start`.
  static Stored steady(std::int32_t from, std::int32_t to, std::int64_t start, int count) {
    Stored out;
    for (auto series = from; series <= to; ++series) {
      auto& samples = out[series];
      for (int i = 0; i < count; ++i) {
        samples.times_ms.push_back(start + 10'000ll * i);
        samples.values.push_back(series * 1000 + i * 0.25);
      }
    }
    return out;
  }
  static void join(Stored& all, const Stored& more) {
    for (const auto& [series, samples] : more) {
      auto& own = all[series];
      own.times_ms.insert(own.times_ms.end(), samples.times_ms.begin(), samples.times_ms.end());
      own.values.insert(own.values.end(), samples.values.begin(), samples.values.end());
    }
  }
  static void sort(Stored& all) {
    for (auto& [series, samples] : all) {
      std::vector<std::pair<std::int64_t, double>> list;
      for (std::size_t i = 0; i < samples.times_ms.size(); ++i) {
        list.emplace_back(samples.times_ms[i], samples.values[i]);
      }
      std::stable_sort(list.begin(), list.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      for (std::size_t i = 0; i < list.size(); ++i) {
        std::tie(samples.times_ms[i], samples.values[i]) = list[i];
      }
    }
  }
};

// M-063: a day of small chunks becomes a few large ones, of fewer bytes each sample.
TEST_F(RewriterTest, LooseChunksOfADayBecomeOneOfEachSeriesWithItsRollups) {
  list_series(1, 4);
  list_series(5, 9);
  Stored all;
  for (int turn = 0; turn < 288; ++turn) {
    const auto more = steady(1, 9, kDay + turn * 300'000ll, 30);
    add(more, kDay + kDayMs);
    join(all, more);
  }
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions"), 12);
  const auto before = count(
      "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c "
      "WHERE relname ~ '^chunk.*_0_' AND relkind = 'r'");
  for (int i = 0; i < 12; ++i) {
    const auto done =
        rewritten(kDay + i * 2 * kHourMs, kDay + (i + 1) * 2 * kHourMs, kDay + kDayMs);
    EXPECT_EQ(done.old_chunks, 9u * 24);
    EXPECT_EQ(done.chunks, 9u);
    EXPECT_EQ(done.rollups, 0u);
  }
  expect_same(stored(), all);
  const auto done = rewritten(kDay, kDay + kDayMs, kDay + kDayMs + kHourMs);
  EXPECT_EQ(done.old_partitions, 12u);
  EXPECT_EQ(done.samples, 9u * 8640);
  EXPECT_EQ(done.chunks, 9u * 3);
  EXPECT_EQ(done.rollups, 9u * 2);
  expect_same(stored(), all);
  const auto after = count(
      "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c "
      "WHERE relname ~ '^chunk.*_[012]_' AND relkind = 'r'");
  EXPECT_LT(after * 3, before);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions WHERE rewritten_at IS NOT NULL "
                  "AND loose = 0"),
            3);
  for (const auto& [tier, width] : {std::pair(1, 300'000), std::pair(2, 3'600'000)}) {
    const auto got = rolled(tier);
    ASSERT_EQ(got.size(), 9u);
    for (const auto& [series, samples] : all) {
      const auto wanted = roll_up(samples.times_ms, samples.values, width);
      const auto& buckets = got.at(series);
      ASSERT_EQ(buckets.size(), wanted.size());
      EXPECT_EQ(buckets[7].sum, wanted[7].sum);
      EXPECT_EQ(buckets[7].last_ms, wanted[7].last_ms);
    }
  }
}

}  // namespace
}  // namespace monitron::series
