// M-061, R-021: partitions by time are made before the first chunk needs them, and a bounded query
// touches only its own. R-025: indexes for it.
#include "series/partitions.hpp"

#include "fixture.hpp"
#include "testkit/eventually.hpp"

#include <thread>

namespace monitron::series {
namespace {

constexpr std::int64_t kDay = 1'699'920'000'000;  // 2023-11-14T00:00:00Z
constexpr Tier kRaw{0, Resolution::raw};

class PartitionsTest : public SeriesTest {
 protected:
  Session session() const {
    auto opened = Session::open(url_, "partitions test");
    EXPECT_TRUE(opened) << opened.error().text;
    return std::move(*opened);
  }
  static void run(Session& session, const std::string& sql) {
    const auto done = session.run(sql.c_str());
    ASSERT_TRUE(done) << done.error().text;
  }
  static std::vector<Partition> wanted(Session& session, const Tier& tier, std::int64_t from,
                                       std::int64_t to, std::int64_t now = kDay + kDayMs) {
    auto got = partitions_for(session, tier, from, to, from_ms(now));
    EXPECT_TRUE(got) << got.error().text;
    return got.value_or(std::vector<Partition>{});
  }
  static std::string text(const std::vector<Partition>& partitions) {
    std::string out;
    for (const auto& one : partitions) {
      out += to_rfc3339(from_ms(one.lower_ms)).substr(0, 13) + "+" +
             std::to_string((one.upper_ms - one.lower_ms) / kHourMs) + " ";
    }
    return out;
  }
};

TEST_F(PartitionsTest, EachTierHasItsOwnLengthAndOnlyWhatIsMissingIsMade) {
  auto db = session();
  run(db, "BEGIN");
  EXPECT_EQ(text(wanted(db, kRaw, kDay + 3 * kHourMs, kDay + 4 * kHourMs)),
            "2023-11-14T02+2 2023-11-14T04+2 ");
  EXPECT_EQ(text(wanted(db, kRaw, kDay, kDay + 4 * kHourMs - 1)),
            "2023-11-14T00+2 2023-11-14T02+2 ");
  EXPECT_EQ(text(wanted(db, {0, Resolution::five_minutes}, kDay + 1, kDay + kDayMs)),
            "2023-11-14T00+24 2023-11-15T00+24 ");
  EXPECT_EQ(text(wanted(db, {15, Resolution::one_hour}, kDay, kDay)), "2023-11-01T00+720 ");
  run(db, "COMMIT");
  run(db, "BEGIN");
  EXPECT_EQ(wanted(db, kRaw, kDay + 3 * kHourMs, kDay + 4 * kHourMs).size(), 2u);
  run(db, "COMMIT");
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions"), 6);
  EXPECT_EQ(count("SELECT count(*) FROM pg_inherits i JOIN chunk_partitions p ON "
                  "inhrelid = ('chunks_' || p.name)::regclass"),
            6);
}

TEST_F(PartitionsTest, HistoryThatIsLoadedGetsWholeDaysUnlessSomethingIsThere) {
  auto db = session();
  run(db, "BEGIN");
  (void)wanted(db, kRaw, kDay, kDay);
  EXPECT_EQ(text(wanted(db, kRaw, kDay - 1, kDay + 4 * kHourMs, kDay + 10 * kDayMs)),
            "2023-11-13T00+24 2023-11-14T00+2 2023-11-14T02+2 2023-11-14T04+2 ");
  EXPECT_EQ(text(wanted(db, kRaw, kDay + kDayMs, kDay + kDayMs, kDay + 3 * kDayMs)),
            "2023-11-15T00+24 ");
  EXPECT_EQ(text(wanted(db, kRaw, kDay + 2 * kDayMs, kDay + 2 * kDayMs, kDay + 4 * kDayMs - 1)),
            "2023-11-16T00+2 ");
  EXPECT_EQ(text(wanted(db, kRaw, -1, 0, kDay)), "1969-12-31T00+24 1970-01-01T00+24 ");
  run(db, "COMMIT");
}

TEST_F(PartitionsTest, MakingOneWaitsForNoReaderAndNoReaderForIt) {
  auto db = session(), earlier = session(), later = session();
  run(db, "BEGIN");
  (void)wanted(db, kRaw, kDay, kDay);
  run(db, "COMMIT");
  run(earlier, "BEGIN; SELECT count(*) FROM chunks; SELECT count(*) FROM chunk_times");
  run(db, "SET lock_timeout = '100ms'");
  run(db, "BEGIN");
  (void)wanted(db, kRaw, kDay + kDayMs, kDay + kDayMs);
  (void)wanted(db, {3, Resolution::raw}, kDay, kDay);
  run(later, "SET lock_timeout = '100ms'; SELECT count(*) FROM chunks, chunk_times");
  run(db, "COMMIT");
  run(earlier, "COMMIT");
}

TEST_F(PartitionsTest, TwoThatNeedTheSameOneGetTheSameOne) {
  auto one = session(), other = session();
  run(one, "BEGIN");
  run(other, "BEGIN");
  const auto made = wanted(one, kRaw, kDay, kDay);
  std::vector<Partition> got;
  std::thread second([&] { got = wanted(other, kRaw, kDay, kDay); });
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] {
    return count("SELECT count(*) FROM " + testkit::kOwnLocks + " WHERE NOT granted") > 0;
  }));
  run(one, "COMMIT");
  second.join();
  run(other, "COMMIT");
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].name, made[0].name);
}

// The rewriter reads for long, and waits for who adds.
TEST_F(PartitionsTest, MakingOneForSamplesThatMoveDoesNotWaitForOurOwn) {
  auto db = session(), maker = session(), rewriter = session();
  run(db, "BEGIN");
  (void)wanted(db, kRaw, kDay, kDay);
  run(db, "COMMIT");
  run(rewriter, "BEGIN; SELECT count(*) FROM chunks");
  run(db, "BEGIN");
  ASSERT_TRUE(next_part(db));
  const auto begun = std::chrono::steady_clock::now();
  const auto made = known_partitions_for(db, maker, kRaw, kDay + kDayMs, kDay + kDayMs,
                                         from_ms(kDay + 2 * kDayMs));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));  // of 10
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(made->size(), 1u);
  run(db, "COMMIT");
}

TEST_F(PartitionsTest, ABoundedQueryTouchesOnlyItsPartitions) {
  auto db = session();
  run(db, "BEGIN");
  const auto day = wanted(db, kRaw, kDay, kDay + kDayMs - 1);
  ASSERT_EQ(day.size(), 12u);
  run(db, "COMMIT");
  const auto plan = db.run(
      "EXPLAIN SELECT * FROM chunks WHERE tier = 0 AND series_id = 7 "
      "AND start >= '2023-11-14T04:00Z' AND start <= '2023-11-14T06:30Z'");
  ASSERT_TRUE(plan);
  std::string text;
  for (std::size_t i = 0; i < plan->size(); ++i) text += plan->text(i, 0) + "\n";
  for (std::size_t i = 0; i < day.size(); ++i) {
    EXPECT_EQ(text.find(day[i].chunks()) != std::string::npos, i == 2 || i == 3) << text;
  }
  EXPECT_NE(text.find("Index"), std::string::npos) << text;
}

TEST_F(PartitionsTest, OneCanTakeThePlaceOfOthers) {
  auto db = session();
  run(db, "BEGIN");
  const auto old = wanted(db, kRaw, kDay, kDay + kDayMs - 1);
  EXPECT_TRUE(note_added(db, old[3], 5, from_ms(kDay + 1)));
  run(db, "COMMIT");
  EXPECT_EQ(count("SELECT loose FROM chunk_partitions WHERE lower = '2023-11-14T06:00Z'"), 5);
  run(db, "BEGIN");
  EXPECT_TRUE(hold_chunks(db));
  auto fresh = make_tables(db, 0, kDay, kDay + kDayMs);
  ASSERT_TRUE(fresh) << fresh.error().text;
  EXPECT_TRUE(index_tables(db, *fresh));
  for (const auto& one : old) {
    const auto gone = drop(db, one);
    ASSERT_TRUE(gone) << gone.error().text;
  }
  const auto placed = attach(db, *fresh, from_ms(kDay));
  ASSERT_TRUE(placed) << placed.error().text;
  run(db, "COMMIT");
  EXPECT_EQ(count("SELECT count(*) FROM pg_class WHERE relname LIKE 'chunks\\_0%' "
                  "AND relkind = 'r'"),
            1);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions"), 1);
}

}  // namespace
}  // namespace monitron::series
