// Rewriting partitions: nothing lost, nothing twice, whoever reads, adds or is killed meanwhile.
#include "series/rewriter.hpp"

#include "chunk_world.hpp"
#include "promql/source.hpp"
#include "testkit/eventually.hpp"

#include <cmath>
#include <optional>
#include <random>
#include <thread>

namespace monitron::series {
namespace {

class RewriterTest : public ChunkWorld {
 protected:
  // What a plain loop over the samples says.
  static void expect_rolled(const std::vector<Bucket>& got, const Samples& samples,
                            std::int64_t width) {
    std::map<std::int64_t, std::map<std::int64_t, double>> buckets;
    for (std::size_t i = 0; i < samples.times_ms.size(); ++i) {
      const auto time = samples.times_ms[i];
      buckets[time / width][time] = samples.values[i];  // the one stored last
    }
    std::size_t at = 0, steps = 0, falls = 0;
    std::optional<double> before;
    for (auto& [number, seen] : buckets) {
      std::erase_if(seen, [](const auto& one) {
        return std::bit_cast<std::uint64_t>(one.second) == promql::kStaleBits;
      });
      for (const auto& [time, value] : seen) {
        ++steps;
        falls += before && value < *before ? 1u : 0u;
        before = value;
      }
    }
    for (const auto& [number, seen] : buckets) {
      if (seen.empty()) continue;
      ASSERT_LT(at, got.size());
      expect_bucket(got[at++], seen, 4 * falls <= steps);
    }
    EXPECT_EQ(at, got.size());
  }
  static void expect_bucket(const Bucket& got, const std::map<std::int64_t, double>& seen,
                            bool counter) {
    EXPECT_EQ(got.count, seen.size());
    EXPECT_EQ(got.first_ms, seen.begin()->first);
    EXPECT_EQ(got.last_ms, seen.rbegin()->first);
    EXPECT_EQ(bits({got.first, got.last}), bits({seen.begin()->second, seen.rbegin()->second}));
    double min = std::numeric_limits<double>::quiet_NaN(), max = min, correction = 0;
    double before = seen.begin()->second;
    long double sum = 0, size = 0;
    for (const auto& [time, value] : seen) {
      min = std::fmin(min, value);
      max = std::fmax(max, value);
      if (value < before) correction += before;
      before = value;
      sum += value;
      size += std::abs(value);
    }
    EXPECT_TRUE(got.min == min || (std::isnan(min) && std::isnan(got.min)));
    EXPECT_TRUE(got.max == max || (std::isnan(max) && std::isnan(got.max)));
    EXPECT_TRUE(counter ? got.correction == correction : std::isnan(got.correction));
    if (std::isfinite(static_cast<double>(size))) {
      EXPECT_NEAR(got.sum, static_cast<double>(sum), static_cast<double>(size) * 1e-15);
    } else {
      EXPECT_FALSE(std::isfinite(got.sum) && !std::isfinite(sum));
    }
  }
  RewriterConfig config() const {
    RewriterConfig config;
    config.database_url = url_;
    config.application_name = "rewriter test";
    config.group_samples = group_samples_;
    config.copy_bytes = 4096;  // several copies
    config.lock_pause = std::chrono::milliseconds(10);
    return config;
  }
  std::size_t group_samples_ = 500;  // several groups; a long series is cut, too
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
  group_samples_ = 10'000;
  Stored all;
  auto compactor = session();
  for (int turn = 0; turn < 288; ++turn) {
    const auto more = steady(1, 9, kDay + turn * 300'000ll, 30);
    run(compactor, "BEGIN");
    add(compactor, more, kDay + kDayMs);
    run(compactor, "COMMIT");
    join(all, more);
  }
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions"), 12);
  const auto before = count(
      "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c "
      "WHERE relname ~ '^chunk.*_0_' AND relkind = 'r'");
  for (std::int64_t i = 0; i < 12; ++i) {
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
  EXPECT_EQ(done.chunks, 9u * 4);
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

TEST_F(RewriterTest, EqualTimesKeepTheOrderOfStoringAndLateSamplesFindTheirPlace) {
  list_series(1, 1);
  Stored all;
  for (const double value : {1.0, 2.0, -0.0, 4.0}) {
    Stored more;
    more[1] = {{kDay + 5000, kDay + 5000, kDay + 9000}, {value, value + 0.5, value}};
    add(more, kDay + kDayMs);
    join(all, more);
    if (value == 2.0) (void)rewritten(kDay, kDay + 2 * kHourMs, kDay + kDayMs);
  }
  Stored late;  // earlier than all, and between
  late[1] = {{kDay + 1, kDay + 5000, kDay + 7000}, {10, 11, 12}};
  add(late, kDay + kDayMs);
  join(all, late);
  sort(all);
  expect_same(stored(), all);
  (void)rewritten(kDay, kDay + 2 * kHourMs, kDay + kDayMs);
  expect_same(stored(), all);
  EXPECT_EQ(count("SELECT count(*) FROM chunks"), 1);
}

// Random series with everything that doubles can be; a plain computation says what is to come out.
TEST_F(RewriterTest, RollupsAreWhatThePlainSamplesGive) {
  constexpr int kSeries = 30;
  list_series(1, kSeries);
  std::mt19937_64 random(20261121);
  Stored all;
  for (int turn = 0; turn < 6; ++turn) {
    Stored more;
    for (int series = 1; series <= kSeries; ++series) {
      auto& samples = more[series];
      double counter = static_cast<double>(random() % 100);
      for (int i = 0; i < 200; ++i) {
        const auto time = kDay + static_cast<std::int64_t>(random() % kDayMs) / (series % 3 + 1);
        samples.times_ms.push_back(series % 5 == 0 ? time / 60'000 * 60'000 : time);
        counter += static_cast<double>(random() % 1000) / 100;
        if (random() % (series % 4 == 0 ? 3 : 20) == 0) counter = 0;
        const auto kind = random() % 60;
        samples.values.push_back(kind == 0   ? std::bit_cast<double>(promql::kStaleBits)
                                 : kind == 1 ? std::numeric_limits<double>::quiet_NaN()
                                 : kind == 2 ? std::numeric_limits<double>::infinity()
                                 : kind == 3 ? -0.0
                                 : kind == 4 ? std::bit_cast<double>(random())
                                             : counter);
      }
    }
    sort(more);
    add(more, kDay + kDayMs);
    join(all, more);
    // Late samples make all of it anew.
    if (turn >= 4) (void)rewritten(kDay, kDay + kDayMs, kDay + 2 * kDayMs);
  }
  sort(all);
  expect_same(stored(), all);
  for (const auto& [tier, width] : {std::pair(1, 300'000ll), std::pair(2, 3'600'000ll)}) {
    const auto got = rolled(tier);
    ASSERT_EQ(got.size(), static_cast<std::size_t>(kSeries));
    for (const auto& [series, samples] : all) expect_rolled(got.at(series), samples, width);
  }
}

// 100 Hz for a day would be 8.6 million samples: memory is bounded by an hour of them.
TEST_F(RewriterTest, ASeriesThatIsTooLongIsCutAtWholeHours) {
  list_series(1, 3);
  group_samples_ = 3000;
  Stored all;
  std::mt19937_64 random(7);
  for (int turn = 0; turn < 48; ++turn) {  // with chunks that overlap, and equal times at borders
    Stored more = steady(1, 1, kDay + turn * 1'700'000ll, 200);
    auto& longest = more[2];
    double counter = 0;
    for (int i = 0; i < 1000; ++i) {
      longest.times_ms.push_back(kDay + turn * 1'790'000ll + i * 1'800ll);
      counter = random() % 50 == 0 ? 0 : counter + 0.25;
      longest.values.push_back(counter);
    }
    more[3] = {{kDay + turn * kHourMs / 2, kDay + turn * kHourMs / 2}, {1.0 * turn, 2.0 * turn}};
    add(more, kDay + kDayMs);
    join(all, more);
  }
  sort(all);
  const auto done = rewritten(kDay, kDay + kDayMs, kDay + 2 * kDayMs);
  EXPECT_EQ(done.samples, 48u * 1202);
  EXPECT_EQ(done.rollups, 6u);
  expect_same(stored(), all);
  for (const auto& [tier, width] : {std::pair(1, kFiveMinutesMs), std::pair(2, kHourMs)}) {
    const auto got = rolled(tier);
    ASSERT_EQ(got.size(), 3u);
    for (const auto& [series, samples] : all) expect_rolled(got.at(series), samples, width);
  }
}

// A month of rollups is one table.
TEST_F(RewriterTest, RollupsOfADayThatIsMadeAgainAreFoundByAnIndex) {
  list_series(1, 50);
  for (std::int64_t day = 0; day < 10; ++day) {
    add(steady(1, 50, kDay + day * kDayMs, 20), kDay + 20 * kDayMs);
    (void)rewritten(kDay + day * kDayMs, kDay + (day + 1) * kDayMs, kDay + 20 * kDayMs);
  }
  const auto months = "SELECT count(*) FROM chunk_partitions WHERE tier = 2";
  EXPECT_EQ(count(months), 1);
  sql("ANALYZE");
  auto db = session();
  const auto table = db.run("SELECT 'chunks_' || name FROM chunk_partitions WHERE tier = 2");
  const auto plan = db.run(("EXPLAIN DELETE FROM " + table->text(0, 0) +
                            " WHERE start >= '2023-11-16T00:00Z' AND start < '2023-11-17T00:00Z'")
                               .c_str());
  ASSERT_TRUE(plan) << plan.error().text;
  std::string text;
  for (std::size_t i = 0; i < plan->size(); ++i) text += plan->text(i, 0) + "\n";
  EXPECT_NE(text.find("Index"), std::string::npos) << text;
  add(steady(1, 1, kDay + 3 * kDayMs + 5000, 20), kDay + 21 * kDayMs);
  (void)rewritten(kDay + 3 * kDayMs, kDay + 4 * kDayMs, kDay + 22 * kDayMs);
  EXPECT_EQ(count("SELECT count(*) FROM chunks WHERE tier = 2"), 500);
  EXPECT_EQ(rolled(2).at(1).at(3).count, 40u);
}

TEST_F(RewriterTest, ReadersInTheWayPutItOffAndWaitNoLongerThanTheLockTimeout) {
  list_series(1, 2);
  const auto all = steady(1, 2, kDay, 720);
  add(all, kDay + kDayMs);
  auto reader = session("reader"), other = session("other");
  run(reader, "BEGIN; SELECT count(*) FROM chunks");
  auto impatient = config();
  impatient.lock_tries = 2;
  const RewriteJob job{0, kDay, kDay + 2 * kHourMs};
  const auto refused = rewrite(impatient, fence_, job, from_ms(kDay + kDayMs));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::timeout) << refused.error().text;
  auto patient = config();
  patient.lock_tries = 1000;
  Result<Rewritten> done = fail(Fault::bug, "not yet");
  std::thread rewriting([&] { done = rewrite(patient, fence_, job, from_ms(kDay + kDayMs)); });
  std::chrono::milliseconds longest{0};
  ASSERT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] {
    return count("SELECT count(*) FROM " + testkit::kOwnLocks +
                 " WHERE NOT granted AND mode = "
                 "'AccessExclusiveLock'") > 0;
  }));
  for (int i = 0; i < 50; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run(other, "SELECT count(*) FROM chunks");
    longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(
                                    std::chrono::steady_clock::now() - begin));
  }
  EXPECT_LT(longest, std::chrono::milliseconds(1500));  // 100 ms, on a machine that is busy
  run(reader, "COMMIT");
  rewriting.join();
  ASSERT_TRUE(done) << done.error().text;
  expect_same(stored(), all);
}

TEST_F(RewriterTest, ASnapshotFromBeforeTheSwapStillSeesEverySampleOnce) {
  list_series(1, 3);
  const auto all = steady(1, 3, kDay, 2000);
  add(all, kDay + kDayMs);
  auto reader = session("reader");
  run(reader, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM sources");
  (void)rewritten(kDay, kDay + kDayMs, kDay + 2 * kDayMs);
  expect_same(stored_by(reader, "tier % 4 = 0"), all);
  run(reader, "COMMIT");
}

// It does not know yet that these samples are not staged any more.
TEST_F(RewriterTest, ASnapshotFromBeforeTheLastSamplesPutsItOff) {
  list_series(1, 3);
  add(steady(1, 3, kDay, 10), kDay + kDayMs);
  auto reader = session("reader");
  run(reader, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM sources");
  add(steady(1, 3, kDay + 100'000, 10), kDay + kDayMs);
  const auto refused =
      rewrite(config(), fence_, {0, kDay, kDay + 2 * kHourMs}, from_ms(kDay + kDayMs));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::timeout) << refused.error().text;
  run(reader, "COMMIT");
  EXPECT_EQ(rewritten(kDay, kDay + 2 * kHourMs, kDay + kDayMs).samples, 60u);
}

TEST_F(RewriterTest, WhatIsAddedMeanwhileIsCarriedOver) {
  list_series(1, 3);
  auto all = steady(1, 3, kDay, 1000);
  add(all, kDay + kDayMs);
  auto reader = session("reader");
  run(reader, "BEGIN; SELECT count(*) FROM chunks");  // so that it must wait with the swap
  auto patient = config();
  patient.lock_tries = 1000;
  Result<Rewritten> done = fail(Fault::bug, "not yet");
  std::thread rewriting([&] {
    done = rewrite(patient, fence_, {0, kDay, kDay + kDayMs}, from_ms(kDay + 2 * kDayMs));
  });
  ASSERT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] {
    return count("SELECT count(*) FROM " + testkit::kOwnLocks +
                 " WHERE NOT granted AND mode = "
                 "'AccessExclusiveLock'") > 0;
  }));
  // Into a partition that was there, and into one that is made only now.
  for (const auto start : {kDay + 5'000, kDay + 20 * kHourMs}) {
    const auto late = steady(1, 3, start, 100);
    add(late, kDay + kDayMs + 3 * kHourMs);
    join(all, late);
  }
  run(reader, "COMMIT");
  rewriting.join();
  ASSERT_TRUE(done) << done.error().text;
  sort(all);
  expect_same(stored(), all);
  EXPECT_EQ(count("SELECT loose FROM chunk_partitions WHERE tier = 0"), 6);
  (void)rewritten(kDay, kDay + kDayMs, kDay + 2 * kDayMs);
  expect_same(stored(), all);
  EXPECT_EQ(count("SELECT loose FROM chunk_partitions WHERE tier = 0"), 0);
}

// Chunks that are added for long put off the swap, not the work.
TEST_F(RewriterTest, WhoAddsForLongIsWaitedForAgainAndAgain) {
  list_series(1, 3);
  add(steady(1, 3, kDay, 1000), kDay + kDayMs);
  auto holder = session("holder"), adder = session("adder");
  run(holder, "BEGIN; LOCK TABLE chunks_t0 IN ACCESS EXCLUSIVE MODE");
  auto patient = config();
  patient.adders_timeout = std::chrono::milliseconds(50);
  patient.lock_tries = 1000;
  Result<Rewritten> done = fail(Fault::bug, "not yet");
  std::thread rewriting([&] {
    done = rewrite(patient, fence_, {0, kDay, kDay + kDayMs}, from_ms(kDay + 2 * kDayMs));
  });
  const std::string waiting =
      "SELECT coalesce(max(extract(epoch FROM waitstart) * 1000000)::bigint, 0) FROM " +
      testkit::kOwnLocks + " WHERE NOT granted AND locktype = ";
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10),
                                  [&] { return count(waiting + "'relation'") > 0; }));
  // While it fills, nobody who drops or deletes needs wait for it.
  EXPECT_EQ(count("SELECT count(*) FROM " + testkit::kOwnLocks +
                  " WHERE locktype = 'advisory' AND objid = 7312"),
            0);
  run(adder, "BEGIN; SELECT pg_advisory_xact_lock_shared(7312)");
  run(holder, "COMMIT");
  std::int64_t first = 0;
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10),
                                  [&] { return (first = count(waiting + "'advisory'")) > 0; }));
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10),
                                  [&] { return count(waiting + "'advisory'") > first; }));
  run(adder, "COMMIT");
  rewriting.join();
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_EQ(done->samples, 3000u);
}

// It sees what was added where it was, and would find it neither there nor in the new place.
TEST_F(RewriterTest, ASnapshotOfWhatIsCarriedOverPutsItOff) {
  list_series(1, 3);
  auto all = steady(1, 3, kDay, 100);
  add(all, kDay + kDayMs);
  auto user = session("user"), reader = session("reader");
  run(user, "BEGIN; SELECT count(*) FROM chunks");  // so that it must wait with the swap
  auto patient = config();
  patient.lock_tries = 150;
  Result<Rewritten> done = fail(Fault::bug, "not yet");
  const RewriteJob day{0, kDay, kDay + kDayMs};
  std::thread rewriting([&] { done = rewrite(patient, fence_, day, from_ms(kDay + 2 * kDayMs)); });
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] {
    return count("SELECT count(*) FROM " + testkit::kOwnLocks +
                 " WHERE NOT granted AND mode = "
                 "'AccessExclusiveLock'") > 0;
  }));
  const auto late = steady(1, 3, kDay + 5'000, 100);
  add(late, kDay + kDayMs + 3 * kHourMs);
  join(all, late);
  sort(all);
  run(reader, "BEGIN ISOLATION LEVEL REPEATABLE READ");
  run(reader, "SELECT count(*) FROM sources");
  run(user, "COMMIT");
  rewriting.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::timeout) << done.error().text;
  expect_same(stored_by(reader, "tier % 4 = 0"), all);
  run(reader, "COMMIT");
  (void)rewritten(kDay, kDay + kDayMs, kDay + 2 * kDayMs);
  expect_same(stored(), all);
}

TEST_F(RewriterTest, WhoLostTheLeaseChangesNothing) {
  list_series(1, 3);
  add(steady(1, 3, kDay, 10), kDay + kDayMs);
  sql("UPDATE leases SET fence = 8");
  const auto refused =
      rewrite(config(), fence_, {0, kDay, kDay + 2 * kHourMs}, from_ms(kDay + kDayMs));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::conflict) << refused.error().text;
  EXPECT_EQ(count("SELECT loose FROM chunk_partitions"), 3);
}

TEST_F(RewriterTest, WhoLosesTheLeaseInTheMiddleChangesNothing) {
  list_series(1, 3);
  add(steady(1, 3, kDay, 1000), kDay + kDayMs);
  auto reader = session("reader");
  run(reader, "BEGIN; SELECT count(*) FROM chunks");
  auto patient = config();
  patient.lock_tries = 1000;
  Result<Rewritten> done;
  std::thread rewriting([&] {
    done = rewrite(patient, fence_, {0, kDay, kDay + kDayMs}, from_ms(kDay + 2 * kDayMs));
  });
  ASSERT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] {
    return count("SELECT count(*) FROM " + testkit::kOwnLocks +
                 " WHERE NOT granted AND mode = "
                 "'AccessExclusiveLock'") > 0;
  }));
  sql("UPDATE leases SET fence = 8");
  run(reader, "COMMIT");
  rewriting.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::conflict) << done.error().text;
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions WHERE rewritten_at IS NOT NULL"), 0);
  EXPECT_EQ(stored().at(1).values.size(), 1000u);
}

}  // namespace
}  // namespace monitron::series
