// Steps that rollups can answer give what raw samples give (M-061 to the hour, M-064, R-031).

#include "fixture.hpp"
#include "keeper.hpp"
#include "series/sample_source.hpp"
#include "testkit/eventually.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

namespace monitron::series {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kStart = kNow / kDayMs * kDayMs;
constexpr std::int64_t kEnd = kStart + 3 * kDayMs + kDayMs / 2;  // the last day is not over

bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

// To the last digit: several sums, each of which was rounded.
bool close(double a, double b) {
  return same(a, b) || std::abs(a - b) <= 2 * std::numeric_limits<double>::epsilon() * std::abs(b);
}

class RollupReadingTest : public SeriesTest {
 protected:
  // A counter with resets, gauges of few and of all digits, one with values that are none, and one
  // that is there now and then; all of them silent for two hours of each day, and with equal times.
  std::vector<double> values(int round) {
    const double specials[] = {std::nan(""), std::bit_cast<double>(0x7ff0000000000002), -0.0, 0.0,
                               std::numeric_limits<double>::infinity()};
    count_ = round % 337 == 0 ? 0 : count_ + static_cast<double>(random_() % 100);
    return {count_, static_cast<double>(random_() % 1000) / 10,
            static_cast<double>(random_()) * 1e-7,
            random_() % 40 == 0 ? specials[random_() % 5] : static_cast<double>(random_() % 5),
            round % 500 < 90 ? contracts::kAbsent : 1.5 * round};
  }
  void store() {
    auto writer = this->writer();
    std::vector<Batch> batches;
    int round = 0;
    for (auto time = kStart; time < kEnd; time += 47'000, ++round) {
      if (time % kDayMs > 20 * kHourMs && time % kDayMs < 22 * kHourMs) continue;
      for (int again = round % 50 == 0 ? 2 : 1; again > 0; --again) {
        batches.push_back(batch_of(source_, seq_++, frame_block(names_, time, values(round))));
      }
      if (batches.size() < 400) continue;
      write(writer, std::move(batches));
      batches.clear();
    }
    write(writer, std::move(batches));
  }
  void late(std::int64_t time) {
    auto writer = this->writer();
    write(writer, {batch_of(source_, seq_++, frame_block(names_, time, values(1)))});
  }
  void keep(std::int64_t now) { Keeper(url_, now).keep(); }

  Buckets buckets(std::int64_t from, std::int64_t to, std::chrono::seconds step, bool raw) {
    BucketQuery query;
    query.source = source_.value;
    query.from = from_ms(from);
    query.to = from_ms(to);
    query.step = step;
    query.aggregates.clear();
    for (const char* name : {"min", "max", "count", "avg", "sum"}) {
      query.aggregates.push_back(*parse_aggregate(name));
    }
    if (raw) query.aggregates.push_back(*parse_aggregate("p50"));  // which no rollup knows
    return read([&](pqxx::work& tx) { return read_buckets(tx, query); });
  }

  // Both ways; how many buckets of rollups were read.
  std::size_t compare(std::int64_t from, std::int64_t to, std::chrono::seconds step) {
    const auto rolled = buckets(from, to, step, false), raw = buckets(from, to, step, true);
    EXPECT_EQ(raw.rollups_read, 0u);
    EXPECT_EQ(rolled.items.size(), raw.items.size());
    const bool one_each = step == std::chrono::minutes(5) || step == std::chrono::hours(1);
    for (std::size_t i = 0; i < std::min(rolled.items.size(), raw.items.size()); ++i) {
      const auto &a = rolled.items[i], &b = raw.items[i];
      EXPECT_EQ(a.series, b.series);
      EXPECT_EQ(a.start, b.start);
      for (std::size_t at = 0; at < 5; ++at) {
        const bool equal = at < 3 || one_each ? same(a.values[at], b.values[at])
                                              : close(a.values[at], b.values[at]);
        EXPECT_TRUE(equal) << "series " << a.series << " at " << to_rfc3339(a.start)
                           << ", aggregate " << at << ": " << a.values[at] << " and "
                           << b.values[at];
      }
      if (HasFailure()) break;
    }
    last_samples_ = rolled.samples_read;
    return rolled.rollups_read;
  }
  void compare_all(std::size_t least_rollups) {
    for (const int minutes : {5, 15, 60, 120, 1440}) {
      const std::chrono::minutes step(minutes);
      EXPECT_GE(compare(kStart, kEnd, step), least_rollups) << minutes;
      // Ends that are in the middle of a bucket, and one at its last millisecond.
      EXPECT_GE(compare(kStart + 1'000'001, kEnd - 7, step), least_rollups) << minutes;
      EXPECT_GE(compare(kStart - 1, kStart + 2 * kDayMs + kHourMs - 1, step), least_rollups / 2);
    }
    EXPECT_EQ(compare(kStart, kEnd, std::chrono::minutes(7)), 0u);
  }

  const std::vector<contracts::Series> names_ = series_list(5);
  std::mt19937 random_{11};
  double count_ = 0;
  std::uint64_t seq_ = 1;
  std::size_t last_samples_ = 0;
};

TEST_F(RollupReadingTest, StepsOfRollupsAreReadFromThemAndGiveTheSame) {
  store();
  compare_all(0);  // all of it staged
  keep(kStart + 3 * kDayMs + 2 * kHourMs);
  compare_all(200);  // three days of 22 hours, of three series at least
  compare(kStart, kStart + 3 * kDayMs, std::chrono::hours(1));
  EXPECT_EQ(last_samples_, 0u);
  compare(kStart, kStart + 3 * kDayMs, std::chrono::minutes(10));
  EXPECT_EQ(last_samples_, 0u);
  compare(kStart, kEnd, std::chrono::minutes(10));
  EXPECT_GT(last_samples_, 0u);
  EXPECT_LT(last_samples_, 5u * 1000);  // of the day that is not over
}

// What was added to a day since its rollups were made is seen at once.
TEST_F(RollupReadingTest, DaysWithLateSamplesAreReadRawUntilTheyAreRolledUpAgain) {
  store();
  const auto now = kStart + 3 * kDayMs + 2 * kHourMs;
  keep(now);
  const std::chrono::hours hour(1);
  const auto all = compare(kStart, kStart + 3 * kDayMs, hour);
  const auto late_is_seen = [&](std::size_t rollups) {
    EXPECT_EQ(compare(kStart, kStart + 3 * kDayMs, hour), rollups);
    compare_all(100);
  };
  late(kStart + kDayMs + 5 * kHourMs);
  const auto two_days = compare(kStart, kStart + kDayMs, hour) +
                        compare(kStart + 2 * kDayMs, kStart + 3 * kDayMs, hour);
  EXPECT_LT(two_days, all);
  late_is_seen(two_days);  // staged
  Keeper(url_, now).compact();
  EXPECT_EQ(count("SELECT count(*) FROM staging"), 0);
  late_is_seen(two_days);  // a loose chunk
  keep(now + 2 * kHourMs);
  late_is_seen(all);
}

// M-061 to the hour: nothing that is left of a day is hidden by what comes late.
TEST_F(RollupReadingTest, LateSamplesOfADayWithoutRawSamplesAreReadBesideItsRollups) {
  store();
  keep(kStart + 4 * kDayMs + 2 * kHourMs);
  read([&](pqxx::work& tx) {
    tx.exec("UPDATE chunk_partitions SET written_at = lower");
    return 0;
  });
  const auto now = kStart + 40 * kDayMs;
  keep(now);
  ASSERT_EQ(count("SELECT count(*) FROM chunks WHERE tier = 0"), 0);
  const auto counted = [&] {
    double sum = 0;
    for (const auto& one : buckets(kStart, kEnd, std::chrono::hours(1), false).items) {
      sum += one.values[2];
    }
    return sum;
  };
  const auto selected = [&] {
    promql::Budget budget{promql::Limits{}};
    SampleSource samples({url_, "late reader"});
    std::size_t found = 0;
    const auto done = samples.select(
        {{*promql::Matcher::make(promql::MatchKind::equal, "__name__", "node_metric1")},
         kStart,
         kEnd,
         "max_over_time"},
        budget, [&](const auto&, auto some) -> Result<void> {
          found += some.size();
          return {};
        });
    EXPECT_TRUE(done) << done.error().text;
    return found;
  };
  const auto all = counted();
  const auto most = selected();
  EXPECT_GT(all, 10'000);
  late(kStart + kDayMs + 21 * kHourMs);  // where there is nothing
  const auto late = counted() - all;
  EXPECT_GE(late, 3);
  EXPECT_EQ(selected(), most + 1);
  Keeper(url_, now).compact();
  EXPECT_EQ(count("SELECT count(*) FROM staging"), 0);
  EXPECT_EQ(counted(), all + late);
  EXPECT_EQ(selected(), most + 1);
  keep(now);
  EXPECT_EQ(count("SELECT count(*) FROM chunks WHERE tier = 0"), 0);
  EXPECT_EQ(counted(), all + late);
  EXPECT_EQ(selected(), most + 1);
}

// M-064: between the look at what there is and the reading of it nothing of it is dropped.
TEST_F(RollupReadingTest, AQueryKeepsRawSamplesAndRollupsFromBeingDropped) {
  late(kStart);
  keep(kStart + 2 * kDayMs);
  pqxx::connection other(url_);
  pqxx::work holding(other);
  holding.exec("LOCK TABLE chunk_partitions IN ACCESS EXCLUSIVE MODE");
  std::thread query([&] {
    promql::Budget budget{promql::Limits{}};
    SampleSource samples({url_, "rollup reader"});
    const auto done = samples.select(
        {{*promql::Matcher::make(promql::MatchKind::equal, "__name__", "node_metric0")},
         kStart,
         kStart + kDayMs},
        budget, [](const auto&, auto) -> Result<void> { return {}; });
    EXPECT_TRUE(done) << done.error().text;
  });
  const auto looks = testkit::eventually(std::chrono::seconds(20), [&] {
    return count("SELECT count(*) FROM " + testkit::kOwnLocks +
                 " WHERE NOT granted AND relation = "
                 "'chunk_partitions'::regclass") == 1;
  });
  EXPECT_TRUE(looks);
  EXPECT_EQ(count("SELECT count(*) FROM " + testkit::kOwnLocks +
                  " JOIN pg_class c ON c.oid = relation "
                  "WHERE granted AND mode = 'AccessShareLock' "
                  "AND relname ~ '^chunk(s|_times)_t[012]$'"),
            6);
  holding.abort();
  query.join();
}

// A chunk that was damaged since: the answer is a failure, not one without it.
TEST_F(RollupReadingTest, ADayWithDamagedChunksIsNotReadFromRollups) {
  store();
  const auto now = kStart + 3 * kDayMs + 2 * kHourMs;
  keep(now);
  read([&](pqxx::work& tx) {
    tx.exec(
        "UPDATE chunks SET data = set_bit(data, 7, 1 - get_bit(data, 7)) WHERE tier = 0 "
        "AND start = (SELECT min(start) FROM chunks WHERE tier = 0)");
    return 0;
  });
  late(kStart + 5 * kHourMs);
  keep(now + 2 * kHourMs);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions WHERE tier = 0 AND loose > 0 "
                  "AND rewritten_at IS NOT NULL"),
            0);
  EXPECT_ANY_THROW(buckets(kStart, kStart + kDayMs, std::chrono::hours(1), false));
  EXPECT_GT(compare(kStart + kDayMs, kEnd, std::chrono::hours(1)), 0u);
}

// As long as a day's raw samples its rollups are.
TEST_F(RollupReadingTest, RollupsAreNotDroppedBeforeRawSamples) {
  store();
  keep(kStart + 5 * kDayMs);
  read([&](pqxx::work& tx) {
    tx.exec("UPDATE chunk_partitions SET written_at = lower");
    tx.exec(
        "UPDATE retention_classes SET raw = '90 days', rollup_5m = '1 day', "
        "rollup_1h = '1 day' WHERE id = 0");
    return 0;
  });
  keep(kStart + 60 * kDayMs);
  EXPECT_GT(compare(kStart, kEnd, std::chrono::minutes(5)), 0u);
  EXPECT_GT(compare(kStart, kEnd, std::chrono::hours(1)), 0u);
  keep(kStart + 100 * kDayMs);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions"), 0);
}

}  // namespace
}  // namespace monitron::series
