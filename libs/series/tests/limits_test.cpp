// How many series there may be, and which retention class a new one gets (M-062).

#include "fixture.hpp"

namespace monitron::series {
namespace {

std::vector<contracts::Series> users(int first, int count) {
  std::vector<contracts::Series> list;
  for (int i = first; i < first + count; ++i) {
    list.push_back({"logins_total", {{"site", "a"}, {"user_id", std::to_string(i)}}});
  }
  return list;
}

std::vector<double> values_of(std::size_t count, double first) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(first + static_cast<double>(i));
  return values;
}

class LimitsTest : public SeriesTest {
 protected:
  Writer limited(std::size_t per_source, std::size_t in_all) const {
    return Writer({.database_url = url_,
                   .application_name = "limits",
                   .limits = {.per_source = per_source, .in_all = in_all}});
  }
  std::string reason() {
    return read([](pqxx::work& tx) {
      return tx.exec1("SELECT string_agg(reason, '|') FROM quarantine")[0].as<std::string>("");
    });
  }
  std::int64_t staged_values() {
    return count(
        "SELECT COALESCE(sum((SELECT count(v) FROM unnest(\"values\") v)), 0) FROM staging");
  }
};

TEST_F(LimitsTest, SeriesBeyondTheLimitAreRefusedAndAllElseIsStored) {
  auto writer = limited(10, 0);
  const auto other = SourceId::make();
  EXPECT_EQ(write(writer, {batch_of(source_, 1, frame_block(users(0, 8), kNow, values_of(8, 0)))})
                .samples,
            8u);
  const auto done =
      write(writer, {batch_of(source_, 2, frame_block(users(4, 10), kNow + 1, values_of(10, 100))),
                     batch_of(other, 1, frame_block(users(0, 5), kNow, values_of(5, 1000)))});
  EXPECT_EQ(done.batches, 2u);
  EXPECT_EQ(done.samples, 6u + 5u) << "four known series and two new ones";
  EXPECT_EQ(done.refused_samples, 4u);
  EXPECT_EQ(done.quarantined, 1u);
  EXPECT_EQ(count("SELECT count(*) FROM series"), 15);
  EXPECT_EQ(staged_values(), 8 + 6 + 5);
  EXPECT_EQ(reason(), "4 samples of new series: source " + source_.str() +
                          " has 10 series, the limit; label user_id has 10 values");
  // Each value under its own series.
  EXPECT_EQ(
      count("SELECT count(*) FROM staging st JOIN layouts l ON l.id = layout_id, "
            "unnest(\"values\", series_ids) AS v (value, series) JOIN series s "
            "ON s.id = series WHERE value - (CASE WHEN st.time = to_timestamp(" +
            std::to_string(kNow) + " / 1000.0) THEN 0 ELSE 96 END) = (labels->>'user_id')::int"),
      8 + 6);
}

TEST_F(LimitsTest, WhatIsKnownGoesOnAndIsComplainedAboutOnceAMinute) {
  auto writer = limited(3, 0);
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    const auto time = kNow + static_cast<std::int64_t>(seq);
    const auto done =
        write(writer, {batch_of(source_, seq, frame_block(users(0, 5), time, values_of(5, 0)))});
    EXPECT_EQ(done.samples, 3u);
    EXPECT_EQ(done.refused_samples, 2u);
    EXPECT_EQ(done.quarantined, seq == 1 ? 1u : 0u);
  }
  EXPECT_EQ(staged_values(), 15);
  auto again = limited(3, 0);
  EXPECT_EQ(
      write(again, {batch_of(source_, 6, frame_block(users(0, 5), kNow, values_of(5, 0)))}).samples,
      3u);
}

TEST_F(LimitsTest, PointsOfRefusedSeriesAreRefusedToo) {
  auto writer = limited(2, 0);
  Block block;
  block.dictionary = contracts::pack_dictionary(users(0, 100));
  block.series_count = 100;
  for (std::uint32_t i = 0; i < 4; ++i) block.points.push_back({i, kNow + i, 1.0 * i});
  const auto done = write(writer, {batch_of(source_, 1, block)});
  EXPECT_EQ(done.samples + done.refused_samples, 4u);
  EXPECT_EQ(static_cast<std::int64_t>(done.samples), staged_values());
  EXPECT_EQ(count("SELECT count(*) FROM series"), 2);
}

TEST_F(LimitsTest, ThereIsALimitOfAllSeries) {
  auto writer = limited(0, 7);
  const auto other = SourceId::make();
  write(writer, {batch_of(source_, 1, frame_block(users(0, 5), kNow, values_of(5, 0)))});
  const auto done =
      write(writer, {batch_of(other, 1, frame_block(users(0, 5), kNow, values_of(5, 0)))});
  EXPECT_EQ(done.samples, 2u);
  EXPECT_EQ(count("SELECT count(*) FROM series"), 7);
  EXPECT_NE(reason().find("and all sources together have 7, the limit; label user_id has 2 values"),
            std::string::npos)
      << reason();
}

// A label that was mended makes room again, and what goes on counts on.
TEST_F(LimitsTest, SeriesThatNobodyNamesAnyMoreMakeRoom) {
  const auto later = [&](std::int64_t turns) {
    count("UPDATE staging_ring SET turns = turns + " + std::to_string(turns) + " RETURNING 1");
  };
  const auto stored = [&](std::uint64_t seq, int first, int number) {
    auto writer = limited(10, 15);  // one that has counted nothing yet
    const auto time = kNow + static_cast<std::int64_t>(seq);
    const auto values = values_of(static_cast<std::size_t>(number), 0);
    return write(writer, {batch_of(source_, seq, frame_block(users(first, number), time, values))})
        .samples;
  };
  EXPECT_EQ(stored(1, 0, 10), 10u);
  EXPECT_EQ(stored(2, 10, 10), 0u);
  later(600);
  EXPECT_EQ(stored(3, 0, 4), 4u);
  EXPECT_EQ(stored(4, 10, 10), 0u);
  later(600);
  EXPECT_EQ(stored(5, 10, 10), 6u);
  EXPECT_EQ(stored(6, 4, 3), 3u) << "what is known is never refused";
}

TEST_F(LimitsTest, ZeroIsNoLimit) {
  auto writer = limited(0, 0);
  const auto done =
      write(writer, {batch_of(source_, 1, frame_block(users(0, 500), kNow, values_of(500, 0)))});
  EXPECT_EQ(done.samples, 500u);
}

TEST_F(LimitsTest, ANewSeriesHasTheFirstClassThatItsLabelsSay) {
  const auto check = CheckId::make();
  read([&](pqxx::work& tx) {
    tx.exec(
        "INSERT INTO retention_classes VALUES "
        "(2, 'tests', 10, '{\"env\": \"test\"}', '7 days', '7 days', '7 days'), "
        "(3, 'history', 20, '{\"monitron_source\": \"import\"}', '99 years', '99 years', "
        "'99 years'), (4, 'disks', 30, '{\"n\": \"1\"}', '1 day', '1 day', '1 day'), "
        "(5, 'suite', 20, '{\"monitron_source\": \"suite\"}', '1 day', '1 day', '1 day')");
    tx.exec_params(
        "INSERT INTO instances (id, name, hostname, kind, labels) "
        "VALUES ($1, 'a', 'a', 'server', '{\"env\": \"test\"}')",
        source_.str());
    tx.exec_params(
        "INSERT INTO checks (id, name, kind, target, interval_seconds, timeout_seconds, "
        "failures_before_down, successes_before_up) "
        "VALUES ($1, 'c', 'http', 'http://a/', 60, 10, 1, 1)",
        check.str());
    return 0;
  });
  auto writer = this->writer();
  const auto plain = SourceId::make();
  const auto block = frame_block(series_list(2), kNow, {1, 2});
  write(writer,
        {batch_of(source_, 1, block), batch_of(plain, 1, block), batch_of(SourceId{}, 1, block),
         batch_of(contracts::kSuite, 1, block)},
        {result_of(check, 0, domain::CheckStatus::up)});
  const auto classes = [&](const Uuid& source) {
    return read([&](pqxx::work& tx) {
      return tx
          .exec_params1(
              "SELECT string_agg(DISTINCT class::text, ',' ORDER BY class::text) FROM series "
              "JOIN sources o ON o.id = source_id WHERE uuid = $1",
              source.str())[0]
          .as<std::string>("");
    });
  };
  EXPECT_EQ(classes(source_.value), "2");
  EXPECT_EQ(classes(plain.value), "0,4");
  EXPECT_EQ(classes(Uuid{}), "3");
  EXPECT_EQ(classes(contracts::kSuite.value), "5");
  EXPECT_EQ(classes(check.value), "1");
}

}  // namespace
}  // namespace monitron::series
