// What the compactor asks about layouts, and what that costs (M-061).

#include "series/known_layouts.hpp"

#include "fixture.hpp"
#include "series/layout_book.hpp"

namespace monitron::series {
namespace {

class KnownLayoutsTest : public SeriesTest {
 protected:
  void SetUp() override {
    SeriesTest::SetUp();
    if (IsSkipped()) return;
    auto writer = this->writer();
    write(writer, {batch_of(source_, 1, frame_block(series_list(2), kNow, {1, 2}))});
    first_ = static_cast<std::int32_t>(count("SELECT layout_id FROM staging_0"));
    own_ = static_cast<std::int32_t>(count("SELECT source_id FROM staging_0"));
  }
  // Rows of time after time, of `layouts` in turn, each of one series.
  void stage(int rows, int layouts) {
    count("WITH made AS (INSERT INTO layouts (source_id, hash, series_ids) SELECT " +
          std::to_string(own_) + ", sha256(g::text::bytea), ARRAY[g] FROM generate_series(1, " +
          std::to_string(layouts) + ") g RETURNING 1) SELECT count(*) FROM made");
    count(
        "WITH stored AS (INSERT INTO staging_0 (source_id, layout_id, time, \"values\") SELECT "
        "source_id, layout_id + 1 + g % " +
        std::to_string(layouts) +
        ", time + g * interval '1 ms', '{1}' FROM staging_0, generate_series(0, " +
        std::to_string(rows - 1) + ") g RETURNING 1) SELECT count(*) FROM stored");
  }
  static std::int64_t rows_read(Session& session) {
    return session
        .run(
            "SELECT pg_stat_get_xact_tuples_returned(c) + pg_stat_get_xact_tuples_fetched(c) "
            "FROM (SELECT 'staging_0'::regclass::oid AS c) AS t")
        ->number(0, 0);
  }
  StagedRow row(int at, int layouts) const {
    return {own_, first_ + 1 + at % layouts, kNow + at, at + 2};
  }

  std::int32_t first_ = 0, own_ = 0;
};

TEST_F(KnownLayoutsTest, AskingForOneReadsALittleOfTheTableHoweverLargeItIs) {
  stage(50'000, 2);
  auto session = Session::open(url_, "layouts test");
  ASSERT_TRUE(session) << session.error().text;
  ASSERT_TRUE(session->run("BEGIN"));
  KnownLayouts layouts(1 << 20);
  for (int at = 0; at < 50'000; ++at) {
    const auto places = layouts.find(*session, "staging_0", row(at, 2));
    ASSERT_TRUE(places) << places.error().text;
    ASSERT_EQ(places->size(), 1u);
    EXPECT_EQ(places->front().series, 1 + at % 2);
  }
  EXPECT_LT(rows_read(*session), 3000);
}

// The rows are read ahead of the one who asks, and so no more than once.
TEST_F(KnownLayoutsTest, LayoutsOfEveryRowAreFoundInOnePass) {
  constexpr int kRows = 5000;
  stage(kRows, kRows);
  auto session = Session::open(url_, "layouts test");
  ASSERT_TRUE(session) << session.error().text;
  ASSERT_TRUE(session->run("BEGIN"));
  KnownLayouts layouts(10'000);  // bytes: not even what is read ahead
  for (int at = 0; at < kRows; ++at) {
    const auto places = layouts.find(*session, "staging_0", row(at, kRows));
    ASSERT_TRUE(places) << places.error().text;
    ASSERT_EQ(places->size(), 1u);
    EXPECT_EQ(places->front().series, 1 + at);
  }
  KnownLayouts roomy(1 << 20);
  const auto before = rows_read(*session);
  for (int at = 0; at < kRows; ++at) {
    ASSERT_TRUE(roomy.find(*session, "staging_0", row(at, kRows)));
  }
  EXPECT_LT(rows_read(*session) - before, 2 * kRows);
}

TEST_F(KnownLayoutsTest, TheBookReadsWhatStagedRowsOfTheRangeHave) {
  stage(5000, 5000);
  auto session = Session::open(url_, "layouts test");
  ASSERT_TRUE(session) << session.error().text;
  ASSERT_TRUE(session->run("BEGIN"));
  LayoutBook book;
  const StoredRange range{kNow + 100, kNow + 109};
  const auto layouts = book.of(*session, {own_}, range);
  ASSERT_TRUE(layouts) << layouts.error().text;
  EXPECT_EQ(layouts->at(own_)->size(), 10u);
  const auto read = session->run(
      "SELECT pg_stat_get_xact_tuples_returned(c) + pg_stat_get_xact_tuples_fetched(c) "
      "FROM (SELECT 'layouts'::regclass::oid AS c) AS t");
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_LT(read->number(0, 0), 30);
}

TEST_F(KnownLayoutsTest, AnUnknownOneIsAnError) {
  auto session = Session::open(url_, "layouts test");
  ASSERT_TRUE(session) << session.error().text;
  KnownLayouts layouts(1 << 20);
  const auto none = layouts.find(*session, "staging_0", {own_, 4711, kNow, 1});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().fault, Fault::bug);
}

}  // namespace
}  // namespace monitron::series
