// What becomes of chunks as time goes by. Times are given: nobody waits.
#include "series/caretaker.hpp"

#include "chunk_world.hpp"
#include "series/layouts.hpp"

namespace monitron::series {
namespace {

class CaretakerTest : public ChunkWorld {
 protected:
  CaretakerConfig config() const {
    CaretakerConfig config;
    config.rewriting.database_url = url_;
    config.rewriting.application_name = "caretaker test";
    config.rewriting.lock_tries = 2;
    config.rewriting.lock_pause = std::chrono::milliseconds(1);
    return config;
  }
  // All that is due at `now`.
  std::vector<std::string> care(Caretaker& caretaker, std::int64_t now) const {
    std::vector<std::string> log;
    while (true) {
      const auto done = caretaker.step(fence_.number, from_ms(now));
      EXPECT_TRUE(done) << done.error().text;
      if (!done || !done->worked) return log;
      log.push_back(done->what);
    }
  }
  std::vector<std::string> care(std::int64_t now) const {
    Caretaker caretaker(config());
    return care(caretaker, now);
  }
  static Stored steady(std::int32_t from, std::int32_t to, std::int64_t start, int count,
                       std::int64_t step = 10'000) {
    Stored out;
    for (auto series = from; series <= to; ++series) {
      for (int i = 0; i < count; ++i) {
        out[series].times_ms.push_back(start + step * i);
        out[series].values.push_back(series + i * 0.5);
      }
    }
    return out;
  }
  std::string partitions(int tier) const {
    auto db = session();
    const auto rows = db.run(
        "SELECT to_char(lower AT TIME ZONE 'UTC', 'DD\"T\"HH24') || '+' || extract(epoch FROM "
        "upper - lower)::int / 3600 || CASE WHEN rewritten_at IS NULL THEN '' ELSE '*' END "
        "FROM chunk_partitions WHERE tier = $1 ORDER BY lower",
        {std::to_string(tier)});
    std::string out;
    for (std::size_t i = 0; i < rows->size(); ++i) out += rows->text(i, 0) + " ";
    return out;
  }
  void want_deleted(const std::string& series, std::int64_t from, std::int64_t to) {
    sql("INSERT INTO series_deletions VALUES (gen_random_uuid(), '" + series + "', '" +
        to_rfc3339(from_ms(from)) + "', '" + to_rfc3339(from_ms(to)) + "')");
  }
  static Stored without(Stored all, std::int32_t series, std::int64_t from, std::int64_t to) {
    auto& samples = all[series];
    Samples kept;
    for (std::size_t i = 0; i < samples.times_ms.size(); ++i) {
      if (samples.times_ms[i] >= from && samples.times_ms[i] <= to) continue;
      kept.times_ms.push_back(samples.times_ms[i]);
      kept.values.push_back(samples.values[i]);
    }
    samples = kept;
    if (kept.times_ms.empty()) all.erase(series);
    return all;
  }
  void expect_rolled_up(const Stored& all) {
    for (const auto& [tier, width] : {std::pair(1, kFiveMinutesMs), std::pair(2, kHourMs)}) {
      const auto got = rolled(tier);
      EXPECT_EQ(got.size(), all.size());
      for (const auto& [series, samples] : all) {
        const auto wanted = roll_up(samples.times_ms, samples.values, width);
        ASSERT_TRUE(got.contains(series));
        const auto& buckets = got.at(series);
        ASSERT_EQ(buckets.size(), wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
          EXPECT_EQ(buckets[i].first_ms, wanted[i].first_ms);
          EXPECT_EQ(buckets[i].count, wanted[i].count);
          EXPECT_EQ(buckets[i].sum, wanted[i].sum);
        }
      }
    }
  }
};

// What is asked for most: loose chunks of the running hours do not grow many.
TEST_F(CaretakerTest, RunningHoursAreJoinedEachHalfHourAndOnceMoreWhenTheyAreOver) {
  constexpr std::int64_t kMinute = 60'000;
  list_series(1, 3);
  const auto grow = [&](int from, int to) {  // minutes
    for (auto at = from; at < to; at += 5) {
      add(steady(1, 3, kDay + at * kMinute, 30), kDay + (at + 5) * kMinute);
    }
  };
  grow(0, 30);
  EXPECT_TRUE(care(kDay + 30 * kMinute - 1).empty());
  EXPECT_EQ(care(kDay + 30 * kMinute).size(), 1u);
  EXPECT_EQ(count("SELECT count(*) FROM chunks"), 3);
  grow(30, 55);
  EXPECT_TRUE(care(kDay + 55 * kMinute).empty());
  EXPECT_EQ(count("SELECT count(*) FROM chunks"), 3 + 5 * 3);
  EXPECT_EQ(care(kDay + 70 * kMinute).size(), 1u);
  EXPECT_EQ(count("SELECT count(*) FROM chunks"), 3);
  grow(55, 120);
  EXPECT_EQ(care(kDay + 110 * kMinute).size(), 1u);
  add(steady(1, 1, kDay, 5), kDay + 125 * kMinute);  // late
  EXPECT_TRUE(care(kDay + 134 * kMinute).empty());
  EXPECT_EQ(care(kDay + 135 * kMinute).size(), 1u);
  EXPECT_EQ(count("SELECT count(*) FROM chunks"), 3);
  // After that what comes late waits its hour.
  add(steady(1, 1, kDay, 5), kDay + 136 * kMinute);
  EXPECT_TRUE(care(kDay + 170 * kMinute).empty());
  EXPECT_EQ(care(kDay + 195 * kMinute).size(), 1u);
  EXPECT_EQ(count("SELECT sum(count)::bigint FROM chunks"), 3 * 720 + 10);
}

TEST_F(CaretakerTest, TwoHoursAreJoinedThenTheDayAndLaterWhatCameLate) {
  list_series(1, 3);
  add(steady(1, 3, kDay, 60), kDay + kHourMs);
  add(steady(1, 3, kDay + 5 * kHourMs, 60), kDay + 5 * kHourMs);
  EXPECT_EQ(care(kDay + 2 * kHourMs + 960'000).size(), 1u);
  EXPECT_EQ(partitions(0), "14T00+2* 14T04+2 ");
  EXPECT_EQ(care(kDay + 23 * kHourMs).size(), 1u);
  EXPECT_TRUE(care(kDay + kDayMs + kHourMs - 1).empty());
  EXPECT_EQ(care(kDay + kDayMs + kHourMs).size(), 1u);
  EXPECT_EQ(partitions(0) + partitions(1) + partitions(2), "14T00+24* 14T00+24* 01T00+720* ");
  // Late, into the day and an hour that had nothing; not more than once an hour.
  const auto evening = kDay + kDayMs + kHourMs;
  add(steady(1, 1, kDay + 20 * kHourMs, 5), evening + 1);
  EXPECT_TRUE(care(evening + 2).empty());
  EXPECT_EQ(care(evening + kHourMs).size(), 1u);
  EXPECT_EQ(count("SELECT loose FROM chunk_partitions WHERE tier = 0"), 0);
  expect_rolled_up(stored());
}

// M-062, R-030: old partitions are dropped as their class says, raw samples after their rollups.
TEST_F(CaretakerTest, EachClassIsKeptAsLongAsItSays) {
  sql("INSERT INTO retention_classes VALUES "
      "(2, 'tests', 10, '{\"env\": \"test\"}', '7 days', '14 days', '60 days')");
  list_series(1, 2, 0);
  list_series(3, 4, 2);
  const auto loaded = kDay + 6 * kDayMs;
  add(steady(1, 2, kDay, 100), loaded, 0);
  add(steady(3, 4, kDay, 100), loaded, 2);
  EXPECT_EQ(care(loaded + 1).size(), 2u);
  EXPECT_TRUE(care(kDay + 8 * kDayMs).empty());
  EXPECT_EQ(care(kDay + 8 * kDayMs + 1).size(), 1u);  // raw of the tests
  EXPECT_EQ(stored("tier % 4 = 0").size(), 2u);
  EXPECT_EQ(rolled(9).size(), 2u);
  EXPECT_EQ(care(kDay + 15 * kDayMs + 1).size(), 1u);  // 5 min of the tests
  EXPECT_EQ(care(kDay + 31 * kDayMs + 1).size(), 1u);  // raw
  EXPECT_TRUE(stored("tier % 4 = 0").empty());
  EXPECT_EQ(rolled(1).size(), 2u);
  EXPECT_EQ(care(kDay + 91 * kDayMs + 1).size(), 2u);  // 5 min, and 1 h of the tests
  EXPECT_EQ(rolled(2).size(), 2u);
  EXPECT_EQ(care(kDay + 750 * kDayMs).size(), 1u);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions"), 0);
  EXPECT_EQ(count("SELECT count(*) FROM pg_class WHERE relname LIKE 'chunk%' AND relkind = 'r' "
                  "AND relname <> 'chunk_partitions'"),
            0);
  // Nothing was deleted row by row.
  EXPECT_EQ(count("SELECT coalesce(sum(n_tup_del), 0) FROM pg_stat_user_tables "
                  "WHERE relname LIKE 'chunk%' AND relname <> 'chunk_partitions'"),
            0);
}

TEST_F(CaretakerTest, HistoryThatWasJustLoadedStaysADay) {
  list_series(1, 2);
  const auto now = kDay + 900 * kDayMs;
  add(steady(1, 2, kDay, 100), now);
  EXPECT_EQ(care(now).size(), 1u);  // the day's rewriting
  EXPECT_TRUE(care(now + kDayMs).empty());
  EXPECT_EQ(stored().size(), 2u);
  EXPECT_EQ(care(now + kDayMs + 1).size(), 3u);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions"), 0);
}

TEST_F(CaretakerTest, AReaderPutsDroppingOffAndIsNotStalled) {
  list_series(1, 2);
  add(steady(1, 2, kDay, 100), kDay + kDayMs);
  EXPECT_EQ(care(kDay + 2 * kDayMs).size(), 1u);
  Caretaker caretaker(config());
  auto reader = session("reader"), other = session("other");
  run(reader, "BEGIN; SELECT count(*) FROM chunks");
  const auto later = kDay + 40 * kDayMs;
  const auto refused = caretaker.step(fence_.number, from_ms(later));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::timeout) << refused.error().text;
  run(other, "SET lock_timeout = '100ms'; SELECT count(*) FROM chunks");
  // It has a pause, and nothing else is due.
  EXPECT_TRUE(care(caretaker, later + 1).empty());
  run(reader, "COMMIT");
  EXPECT_EQ(care(caretaker, later + 60'000).size(), 1u);
  EXPECT_TRUE(stored().empty());
}

TEST_F(CaretakerTest, AReaderOfOneTierDoesNotKeepOthersFromBeingDropped) {
  sql("INSERT INTO retention_classes VALUES "
      "(2, 'tests', 10, '{\"env\": \"test\"}', '7 days', '14 days', '60 days')");
  list_series(1, 2, 0);
  list_series(3, 4, 2);
  add(steady(1, 2, kDay, 100), kDay + kDayMs, 0);
  add(steady(3, 4, kDay + kDayMs, 100), kDay + 2 * kDayMs, 2);
  EXPECT_EQ(care(kDay + 3 * kDayMs).size(), 2u);
  Caretaker caretaker(config());
  auto reader = session("reader");
  run(reader, "BEGIN; SELECT count(*) FROM chunks_t0");
  const auto later = from_ms(kDay + 40 * kDayMs);
  const auto refused = caretaker.step(fence_.number, later);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::timeout) << refused.error().text;
  while (caretaker.step(fence_.number, later)->worked) continue;
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions WHERE tier = 8"), 0);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions WHERE tier = 0"), 1);
  run(reader, "COMMIT");
}

TEST_F(CaretakerTest, DeletesToTheMillisecondAndRollupsFollow) {
  list_series(1, 3);
  auto all = steady(1, 3, kDay, 5000);  // 13.9 h
  add(all, kDay + kDayMs);
  add(steady(1, 3, kDay + kDayMs + kHourMs, 100), kDay + 2 * kDayMs);  // the next day, still loose
  EXPECT_EQ(care(kDay + 2 * kDayMs).size(), 2u);
  all = stored();
  const auto from = kDay + 3'000'000, to = kDay + 3 * kHourMs;
  want_deleted("{2,99}", from, to);
  EXPECT_FALSE(care(kDay + 2 * kDayMs).empty());
  all = without(all, 2, from, to);
  expect_same(stored(), all);
  for (const auto& [series, samples] : all) {
    if (series != 2) continue;
    EXPECT_TRUE(
        std::binary_search(samples.times_ms.begin(), samples.times_ms.end(), from - 10'000));
    EXPECT_TRUE(std::binary_search(samples.times_ms.begin(), samples.times_ms.end(), to + 10'000));
  }
  EXPECT_EQ(count("SELECT count(*) FROM series_deletions_done"), 1);
  EXPECT_TRUE(care(kDay + 2 * kDayMs).empty());
  want_deleted("{1}", kDay - 100 * kDayMs, kDay + 100 * kDayMs);
  EXPECT_FALSE(care(kDay + 2 * kDayMs).empty());
  EXPECT_EQ(count("SELECT sum(id) FROM series WHERE " + is_active()), 2 + 3);  // limits know it
  all.erase(1);
  expect_same(stored(), all);
  // Of the day that was rolled up.
  Stored first_day;
  for (const auto& [series, samples] : all) {
    first_day[series] = samples;
    auto& own = first_day[series];
    const auto end = std::lower_bound(own.times_ms.begin(), own.times_ms.end(), kDay + kDayMs);
    own.values.resize(static_cast<std::size_t>(end - own.times_ms.begin()));
    own.times_ms.erase(end, own.times_ms.end());
  }
  expect_rolled_up(first_day);
  // Rewritten within the hour: then the bytes are gone too.
  EXPECT_FALSE(care(kDay + 2 * kDayMs + 3 * kHourMs).empty());
  expect_same(stored(), all);
}

TEST_F(CaretakerTest, RollupsWithoutRawSamplesLoseTheBucketsThatAreTouched) {
  list_series(1, 2);
  add(steady(1, 2, kDay, 2000), kDay + kDayMs);
  EXPECT_EQ(care(kDay + 2 * kDayMs).size(), 1u);
  EXPECT_EQ(care(kDay + 40 * kDayMs).size(), 1u);
  const auto before = rolled(1).at(1).size();
  want_deleted("{1}", kDay + 400'000, kDay + 700'000);  // of the buckets 1 and 2
  EXPECT_EQ(care(kDay + 40 * kDayMs).size(), 1u);
  EXPECT_EQ(rolled(1).at(1).size(), before - 2);
  EXPECT_EQ(rolled(1).at(2).size(), before);
  EXPECT_EQ(rolled(2).at(1).front().first_ms, kDay + kHourMs);
}

TEST_F(CaretakerTest, DeletingWaitsForWhatIsStaged) {
  list_series(1, 1);
  sql("INSERT INTO layouts (source_id, hash, series_ids) SELECT min(id), 'x', '{1}' FROM sources; "
      "INSERT INTO staging_0 (source_id, layout_id, time, \"values\") "
      "SELECT s.id, l.id, now(), '{1}' FROM sources s, layouts l");
  want_deleted("{1}", 0, kDay);
  Caretaker caretaker(config());
  auto done = caretaker.step(fence_.number, from_ms(kDay));
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_FALSE(done->worked);
  EXPECT_TRUE(done->waits_for_compaction);
  sql("UPDATE staging_slots SET compacted_at = now() WHERE slot = 0");
  done = caretaker.step(fence_.number, from_ms(kDay));
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_TRUE(done->worked);
  EXPECT_FALSE(done->waits_for_compaction);
  EXPECT_EQ(count("SELECT count(*) FROM series_deletions_done"), 1);
}

TEST_F(CaretakerTest, WhoLostTheLeaseDeletesAndDropsNothing) {
  list_series(1, 2);
  add(steady(1, 2, kDay, 100), kDay + kDayMs);
  want_deleted("{1}", 0, kDay + kDayMs);
  Caretaker caretaker(config());
  for (const auto now : {kDay + kDayMs, kDay + 40 * kDayMs}) {
    const auto refused = caretaker.step(fence_.number - 1, from_ms(now));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::conflict) << refused.error().text;
  }
  EXPECT_EQ(stored().size(), 2u);
}

}  // namespace
}  // namespace monitron::series
