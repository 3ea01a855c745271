// What a question by SQL costs where there is a long history, as PostgreSQL counts it: chunks that
// were decoded and partitions that were touched. X-16.

#include "fixture.hpp"
#include "keeper.hpp"
#include "series/partitions.hpp"

namespace monitron::series {
namespace {

constexpr int kDays = 12, kSeries = 10;
constexpr int kPerDay = 24;

struct Cost {
  int rows = 0;
  int decoded = 0;  // chunks
  int raw = 0;      // partitions of each tier that were locked: planned for, or read
  int five_minutes = 0;
  int one_hour = 0;
};

class ViewPlansTest : public SeriesTest {
 protected:
  // Two sources of equal names, a sample an hour; after the last day there are two chunks that are
  // not joined yet, and one staged row.
  void SetUp() override {
    SeriesTest::SetUp();
    if (IsSkipped()) return;
    auto writer = this->writer();
    Keeper keeper(url_, end_ + 2 * kHourMs);
    for (const auto& source : {source_, other_}) store(writer, source, -kDays * kPerDay, 0);
    keeper.keep();
    store(writer, source_, 0, 4);
    keeper.compact();
    store(writer, source_, 4, 8);
    keeper.compact();
    store(writer, source_, 8, 9);
    EXPECT_GT(count("SELECT count(times_id) FROM chunks WHERE tier = 0"), 0);
    series_ =
        std::to_string(count("SELECT series_id FROM monitron_v1.series WHERE name = "
                             "'node_metric7' AND source = '" +
                             source_.str() + "'"));
  }

  void store(Writer& writer, const SourceId& source, int from, int to) {
    Block block = frame_block(series_list(kSeries), 0, {});
    block.frames.clear();
    for (int hour = from; hour < to; ++hour) {
      contracts::Frame frame;
      frame.time_ms = time(hour);
      for (int i = 0; i < kSeries; ++i) frame.values.push_back(hour * 3.5 + i);
      block.frames.push_back(std::move(frame));
    }
    write(writer, {batch_of(source, ++seq_, block)});
  }
  // Some minutes after the bucket's begin, and irregular: series share such times.
  std::int64_t time(int hour) const {
    return end_ + hour * kHourMs + 200'000 + (hour + 1000LL) * 7919 % 1000;
  }
  std::string at(int hour) const { return "'" + to_rfc3339(from_ms(end_ + hour * kHourMs)) + "'"; }
  std::string between(int from, int to) const {
    return "_between(" + at(from) + ", " + at(to) + ")";
  }

  // PostgreSQL counts calls of a session's transactions together for a while.
  static int decoded(pqxx::work& tx) {
    return tx
        .exec1(
            "SELECT coalesce(pg_stat_get_xact_function_calls("
            "'monitron_v1.chunk_times(bytea, bytea)'::regprocedure), 0)")[0]
        .as<int>();
  }
  static int partitions(pqxx::work& tx, const std::string& tier) {
    return tx
        .exec1(
            "SELECT count(*) FROM pg_locks JOIN pg_class c ON c.oid = relation "
            "WHERE pid = pg_backend_pid() AND relkind = 'r' AND relname ~ '^chunks_" +
            tier + "_'")[0]
        .as<int>();
  }
  Cost cost_of(const std::string& question) {
    return read([&](pqxx::work& tx) {
      tx.exec("SET LOCAL track_functions = 'pl'");
      const int before = decoded(tx);
      const auto rows = tx.exec("SELECT * FROM monitron_v1." + question).size();
      return Cost{static_cast<int>(rows), decoded(tx) - before, partitions(tx, "0"),
                  partitions(tx, "1"), partitions(tx, "2")};
    });
  }
  std::multiset<std::string> shown(const std::string& question) {
    return read([&](pqxx::work& tx) {
      std::multiset<std::string> lines;
      for (const auto& row : tx.exec("SELECT q::text FROM " + question + " AS q")) {
        lines.insert(row[0].c_str());
      }
      return lines;
    });
  }

  const std::int64_t end_ = day_of(kNow);
  const SourceId other_ = SourceId::make();
  std::uint64_t seq_ = 0;
  std::string series_;
};

TEST_F(ViewPlansTest, OnlyChunksOfTheSeriesAreDecoded) {
  const int of_one = kDays * kPerDay + 9, of_both = 2 * kDays * kPerDay + 9;
  const auto by_id = cost_of("samples WHERE series_id = " + series_);
  EXPECT_EQ(by_id.rows, of_one);
  EXPECT_EQ(by_id.decoded, kDays + 2);
  const auto by_name = cost_of("metrics WHERE metric_name = 'node_metric7'");
  EXPECT_EQ(by_name.rows, of_both);
  EXPECT_EQ(by_name.decoded, 2 * kDays + 2);
  const auto by_server =
      cost_of("metrics WHERE metric_name = 'node_metric7' AND server_id = '" + other_.str() + "'");
  EXPECT_EQ(by_server.rows, kDays * kPerDay);
  EXPECT_EQ(by_server.decoded, kDays);
  EXPECT_EQ(cost_of("metrics WHERE metric_type = 'no such type'").decoded, 0);
  const auto joined = cost_of(
      "samples JOIN monitron_v1.series USING (series_id) "
      "WHERE name = 'node_metric7' AND labels @> '{\"n\": \"7\"}'");
  EXPECT_EQ(joined.rows, of_both);
  EXPECT_EQ(joined.decoded, 2 * kDays + 2);
  for (const auto& cost : {by_id, by_name, by_server, joined}) {
    EXPECT_EQ(cost.five_minutes + cost.one_hour, 0);
  }
}

// R-025, M-061
TEST_F(ViewPlansTest, PartitionsOfOtherDaysAreNotEvenPlannedFor) {
  const auto started =
      cost_of("samples WHERE series_id = " + series_ + " AND started >= " + at(-2 * kPerDay) +
              " AND started < " + at(-kPerDay));
  EXPECT_EQ(started.rows, kPerDay);
  const auto series = "samples" + between(-2 * kPerDay, -2 * kPerDay + 1);
  const auto by_id = cost_of(series + " WHERE series_id = " + series_);
  EXPECT_EQ(by_id.rows, 1);
  const auto metrics = "metrics" + between(-2 * kPerDay, -2 * kPerDay + 1);
  const auto by_name = cost_of(metrics + " WHERE metric_name = 'node_metric7' AND server_id = '" +
                               source_.str() + "'");
  EXPECT_EQ(by_name.rows, 1);
  for (const auto& cost : {started, by_id, by_name}) {
    EXPECT_EQ(cost.decoded, 1);
    EXPECT_EQ(cost.raw, 1);
    EXPECT_EQ(cost.five_minutes + cost.one_hour, 0);
  }
}

TEST_F(ViewPlansTest, TimesThatAreKnownLaterStillKeepChunksFromBeingDecoded) {
  const auto cost =
      cost_of("samples_between(" + at(-kPerDay) + "::timestamptz - '1 hour'::interval, " +
              at(-kPerDay) + ") WHERE series_id = " + series_);
  EXPECT_EQ(cost.rows, 1);
  EXPECT_EQ(cost.decoded, 1);
}

TEST_F(ViewPlansTest, ChunksOfTheDayThatEndBeforeAreNotDecoded) {
  EXPECT_EQ(cost_of("samples" + between(5, 6) + " WHERE series_id = " + series_).decoded, 1);
  const auto all = cost_of("metrics" + between(0, kPerDay) + " WHERE metric_name = 'node_metric7'");
  EXPECT_EQ(all.decoded, 2);
  EXPECT_EQ(all.rows, 9);
  const auto staged = cost_of("metrics" + between(8, 9));
  EXPECT_EQ(staged.decoded, 0);
  EXPECT_EQ(staged.rows, kSeries);
}

// M-064
TEST_F(ViewPlansTest, RollupsOfOneResolutionLeaveTheOthersAlone) {
  const auto hours = cost_of("rollups WHERE resolution = '1 hour' AND series_id = " + series_);
  EXPECT_EQ(hours.rows, kDays * kPerDay);
  EXPECT_EQ(hours.decoded, kDays);
  EXPECT_EQ(hours.raw + hours.five_minutes, 0);
  const auto both = cost_of("rollups WHERE series_id = " + series_);
  EXPECT_EQ(both.rows, 2 * hours.rows);
  EXPECT_EQ(both.decoded, 2 * kDays);
  EXPECT_EQ(both.raw, 0);
  const auto day = cost_of("rollups" + between(-2 * kPerDay, -kPerDay) +
                           " WHERE resolution = '5 minutes' AND series_id = " + series_);
  EXPECT_EQ(day.rows, kPerDay);
  EXPECT_EQ(day.decoded, 1);
  EXPECT_EQ(day.five_minutes, 1);
  EXPECT_EQ(day.raw + day.one_hour, 0);
}

// Partitions that took the place of others are there for snapshots from before, too.
TEST_F(ViewPlansTest, ALongTransactionReadsWhatWasRewrittenMeanwhile) {
  auto writer = this->writer();
  store(writer, source_, -kPerDay, 0);
  Keeper(url_, end_).compact();
  pqxx::connection connection(url_);
  pqxx::transaction<pqxx::isolation_level::repeatable_read> tx(connection);
  const auto question = "SELECT count(*) FROM monitron_v1.samples" + between(-kPerDay, 0) +
                        " WHERE series_id = " + series_;
  const std::string sharing =
      "SELECT count(DISTINCT tableoid) FROM chunks WHERE times_id IS NOT NULL AND start >= " +
      at(-kPerDay) + " AND start < " + at(0) + " AND tableoid NOT IN (SELECT oid FROM pg_class)";
  EXPECT_EQ(tx.exec1("SELECT count(*) FROM series")[0].as<int>(), 2 * kSeries);
  Keeper(url_, end_ + 2 * kDayMs).care();
  EXPECT_GT(tx.exec1(sharing)[0].as<int>(), 0);
  EXPECT_EQ(tx.exec1(question)[0].as<int>(), 2 * kPerDay);
}

// What is quick is what is slow, cut: the beginning is in, the end is not.
TEST_F(ViewPlansTest, WhatIsBetweenIsWhatTheViewsShow) {
  const auto literal = [](std::int64_t ms) { return "'" + to_rfc3339(from_ms(ms)) + "'"; };
  const auto bucket = [&](int hour) { return end_ + hour * kHourMs; };
  const std::vector<std::pair<std::int64_t, std::int64_t>> ranges = {
      {time(-30), time(-3)},           {time(-1), time(8)},
      {time(3), time(8) + 1},          {time(-24), time(-24) + 1},
      {time(-25) + 1, time(-23) + 1},  {time(-kDays * kPerDay) - 9, time(99)},
      {bucket(-24), bucket(-24) + 99}, {bucket(-49), bucket(-47)}};
  for (const std::string view : {"samples", "metrics", "rollups"}) {
    const std::string column = view == "metrics" ? "timestamp" : "time";
    int rows = 0;
    for (const auto& [from, to] : ranges) {
      const auto begins = literal(from), ends = literal(to);
      const auto expected = shown("(SELECT * FROM monitron_v1." + view + " WHERE " + column +
                                  " >= " + begins + " AND " + column + " < " + ends + ")");
      const auto quick = shown("monitron_v1." + view + "_between(" + begins + ", " + ends + ")");
      EXPECT_EQ(quick, expected) << view << " " << begins << " " << ends;
      rows += static_cast<int>(quick.size());
    }
    EXPECT_GT(rows, kDays * kPerDay * kSeries);
  }
}

}  // namespace
}  // namespace monitron::series
