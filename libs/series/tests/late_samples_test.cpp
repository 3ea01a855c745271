// Samples of a day whose raw samples are gone already: its rollups keep what they have (M-061,
// M-062).
#include "chunk_world.hpp"
#include "series/caretaker.hpp"

namespace monitron::series {
namespace {

constexpr std::int64_t kMuchLater = kDay + 40 * kDayMs;  // 5 min and 1 h are kept

class LateSamplesTest : public ChunkWorld {
 protected:
  static Stored steady(std::int32_t from, std::int32_t to, std::int64_t start, int count) {
    Stored out;
    for (auto series = from; series <= to; ++series) {
      for (int i = 0; i < count; ++i) {
        out[series].times_ms.push_back(start + 10'000ll * i);
        out[series].values.push_back(series + i * 0.5);
      }
    }
    return out;
  }
  CaretakerConfig config() const {
    CaretakerConfig config;
    config.rewriting.database_url = url_;
    config.rewriting.application_name = "late samples test";
    return config;
  }
  std::vector<Care> care(std::int64_t now) const {
    Caretaker caretaker(config());
    std::vector<Care> all;
    while (true) {
      auto done = caretaker.step(fence_.number, from_ms(now));
      EXPECT_TRUE(done) << done.error().text;
      if (!done || !done->worked) return all;
      all.push_back(*done);
    }
  }
  // A day and the next one, of which only rollups are left.
  void lose_raw(const Stored& first_day) {
    add(first_day, kDay + kDayMs);
    add(steady(1, 2, kDay + kDayMs, 700), kDay + 2 * kDayMs);
    EXPECT_EQ(care(kDay + 3 * kDayMs).size(), 2u);
    EXPECT_EQ(care(kMuchLater).size(), 2u);
    ASSERT_EQ(count("SELECT count(*) FROM chunks WHERE tier = 0"), 0);
  }
  // Rollups of the first day are those of `all`, which are in the order of time.
  void expect_rolled_up(const Stored& all, int tier, std::int64_t width) {
    const auto got = rolled(tier);
    EXPECT_EQ(got.size(), all.size());
    for (const auto& [series, samples] : all) {
      const auto wanted = roll_up(samples.times_ms, samples.values, width);
      ASSERT_TRUE(got.contains(series)) << series;
      const auto& buckets = got.at(series);
      ASSERT_GE(buckets.size(), wanted.size()) << series;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_EQ(buckets[i].first_ms, wanted[i].first_ms);
        EXPECT_EQ(buckets[i].last_ms, wanted[i].last_ms);
        EXPECT_EQ(buckets[i].count, wanted[i].count);
        EXPECT_EQ(buckets[i].first, wanted[i].first);
        EXPECT_EQ(buckets[i].last, wanted[i].last);
        EXPECT_EQ(buckets[i].min, wanted[i].min);
        EXPECT_EQ(buckets[i].max, wanted[i].max);
        EXPECT_EQ(buckets[i].sum, wanted[i].sum);
        EXPECT_EQ(buckets[i].correction, wanted[i].correction);
      }
    }
  }
  static void put(Stored& all, std::int32_t series, std::int64_t time, double value) {
    auto& own = all[series];
    const auto at =
        std::upper_bound(own.times_ms.begin(), own.times_ms.end(), time) - own.times_ms.begin();
    own.times_ms.insert(own.times_ms.begin() + at, time);
    own.values.insert(own.values.begin() + at, value);
  }
  std::string next_day(int tier) const {  // its rows
    auto db = session();
    const auto rows = db.run(
        "SELECT string_agg(md5(c::text), ',' ORDER BY series_id) FROM chunks c WHERE tier = $1 "
        "AND start >= $2",
        {std::to_string(tier), to_rfc3339(from_ms(kDay + kDayMs))});
    return rows->text(0, 0);
  }
};

TEST_F(LateSamplesTest, AreAddedToTheRollupsOfTheirDayAndAllOthersStay) {
  list_series(1, 4);
  auto all = steady(1, 3, kDay, 2000);
  lose_raw(all);
  const auto five = next_day(1), hours = next_day(2);
  const auto late = [&](std::int32_t series, std::int64_t time, double value, std::int64_t now) {
    add(Stored{{series, {{time}, {value}}}}, now);
    put(all, series, time, value);
    const auto done = care(now);
    ASSERT_EQ(done.size(), 1u);
    expect_rolled_up(all, 1, kFiveMinutesMs);
    expect_rolled_up(all, 2, kHourMs);
    EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions WHERE tier = 0"), 0);
  };
  late(1, kDay + 20 * kHourMs, 7, kMuchLater + 1);              // where it had nothing
  late(2, kDay + 19'995'000, 1234, kMuchLater + 2);             // after what its bucket has
  late(3, kDay + 2 * kHourMs + 5'000, 363.25, kMuchLater + 3);  // amidst
  late(4, kDay + kHourMs, 5, kMuchLater + 2 * kDayMs);          // a series that is new
  late(1, kDay + 20 * kHourMs + 1, 8, kMuchLater + 4 * kDayMs);
  EXPECT_EQ(next_day(1), five);
  EXPECT_EQ(next_day(2), hours);
}

// Those of 5 min were dropped: none are made anew, which would hide those of 1 h.
TEST_F(LateSamplesTest, AreAddedToWhatRollupsThereAre) {
  list_series(1, 2);
  auto all = steady(1, 2, kDay, 2000);
  lose_raw(all);
  const auto now = kDay + 100 * kDayMs;
  EXPECT_EQ(care(now).size(), 2u);
  ASSERT_TRUE(rolled(1).empty());
  add(Stored{{1, {{kDay + 5'000}, {1.25}}}}, now);
  put(all, 1, kDay + 5'000, 1.25);
  EXPECT_EQ(care(now).size(), 1u);
  EXPECT_TRUE(rolled(1).empty());
  const auto hour = rolled(2).at(1).front();
  EXPECT_EQ(hour.count, 361u);
  EXPECT_EQ(hour.max, 1 + 359 * 0.5);
  expect_rolled_up({{2, all.at(2)}, {1, all.at(1)}}, 2, kHourMs);
}

// Deleting takes buckets for what they are, as long as late samples are all that is raw.
TEST_F(LateSamplesTest, DeletingSomeOfThemLeavesOtherBuckets) {
  list_series(1, 2);
  lose_raw(steady(1, 2, kDay, 2000));
  const auto before = rolled(1).at(1).size();
  add(Stored{{1, {{kDay + 5'000, kDay + 20 * kHourMs}, {3, 4}}}}, kMuchLater);
  sql("INSERT INTO series_deletions VALUES (gen_random_uuid(), '{1}', '" +
      to_rfc3339(from_ms(kDay + 20 * kHourMs)) + "', '" + to_rfc3339(from_ms(kDay + 20 * kHourMs)) +
      "'), (gen_random_uuid(), '{1}', '" + to_rfc3339(from_ms(kDay + 3'600'000)) + "', '" +
      to_rfc3339(from_ms(kDay + 3'600'000)) + "')");
  EXPECT_EQ(care(kMuchLater).size(), 3u);
  EXPECT_EQ(count("SELECT count(*) FROM series_deletions_done"), 2);
  const auto buckets = rolled(1).at(1);
  EXPECT_EQ(buckets.size(), before - 1);
  EXPECT_EQ(buckets.front().count, 31u);
  EXPECT_EQ(rolled(1).at(2).size(), before);
}

TEST_F(LateSamplesTest, ChunksThatCannotBeReadAreToldAndTheRestIsAdded) {
  list_series(1, 2);
  auto all = steady(1, 2, kDay, 2000);
  lose_raw(all);
  add(Stored{{1, {{kDay + 20 * kHourMs}, {3}}}, {2, {{kDay + 20 * kHourMs}, {4}}}}, kMuchLater);
  sql("UPDATE chunks SET data = set_bit(data, 7, 1 - get_bit(data, 7)) "
      "WHERE tier = 0 AND series_id = 1");
  const auto done = care(kMuchLater);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done.front().damaged, 1u);
  put(all, 2, kDay + 20 * kHourMs, 4);
  expect_rolled_up(all, 1, kFiveMinutesMs);
  expect_rolled_up(all, 2, kHourMs);
}

TEST_F(LateSamplesTest, WhoReadsThemPutsItOffAndWhoLostTheLeaseDoesNothing) {
  list_series(1, 2);
  lose_raw(steady(1, 2, kDay, 2000));
  add(Stored{{1, {{kDay + 20 * kHourMs}, {3}}}}, kMuchLater);
  const auto before = rolled(1).at(1).size();
  auto reader = session("reader");
  run(reader, "BEGIN; SELECT count(*) FROM chunks");
  for (const auto& [fence, fault] :
       {std::pair(fence_.number, Fault::timeout), std::pair(fence_.number - 1, Fault::conflict)}) {
    Caretaker caretaker(config());
    const auto refused = caretaker.step(fence, from_ms(kMuchLater));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, fault) << refused.error().text;
    EXPECT_EQ(rolled(1).at(1).size(), before);
    if (fault == Fault::timeout) run(reader, "COMMIT");
  }
  EXPECT_EQ(stored().size(), 1u);
  EXPECT_EQ(care(kMuchLater).size(), 1u);
  EXPECT_EQ(rolled(1).at(1).size(), before + 1);
}

}  // namespace
}  // namespace monitron::series
