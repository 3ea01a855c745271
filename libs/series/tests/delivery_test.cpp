// Deliveries as a broker makes them: again, twice at once, to writers that die.

#include "fixture.hpp"
#include "testkit/eventually.hpp"

#include <atomic>
#include <limits>
#include <random>
#include <thread>

namespace monitron::series {
namespace {

using std::chrono::seconds;

std::vector<Batch> many_batches(int sources, int each, int width) {
  std::vector<Batch> batches;
  for (int s = 0; s < sources; ++s) {
    const auto source = SourceId::make();
    for (int i = 0; i < each; ++i) {
      std::vector<double> values(static_cast<std::size_t>(width), i);
      batches.push_back(batch_of(source, static_cast<std::uint64_t>(i),
                                 frame_block(series_list(width), kNow + i, std::move(values))));
    }
  }
  return batches;
}

// Hands over everything in an order of its own, in loads of ten, each until it is stored.
void deliver(Writer& writer, std::vector<Batch> batches, unsigned seed) {
  std::mt19937 random(seed);
  std::shuffle(batches.begin(), batches.end(), random);
  for (std::size_t at = 0; at < batches.size(); at += 10) {
    Load load;
    for (std::size_t i = at; i < std::min(at + 10, batches.size()); ++i) {
      load.batches.push_back(batches[i]);
    }
    const bool stored = testkit::eventually(seconds(30), [&] {
      const auto done = writer.write(load);
      EXPECT_TRUE(done || done.error().fault == Fault::unavailable) << done.error().text;
      return done.has_value();
    });
    ASSERT_TRUE(stored);
  }
}

TEST_F(SeriesTest, WritersThatAreCutOffAgainAndAgainStoreEverythingOnce) {
  const auto batches = many_batches(12, 25, 6);
  std::atomic<bool> over{false};
  std::atomic<int> kills{0};
  std::thread killer([&] {
    pqxx::connection admin(url_);
    while (!over) {
      pqxx::nontransaction look(admin);
      kills += static_cast<int>(
          look.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                    "current_database() AND application_name LIKE 'victim%' AND "
                    "state <> 'idle' AND random() < 0.2")
              .size());
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      auto writer = this->writer("victim " + std::to_string(t));
      deliver(writer, batches, t);
    });
  }
  for (auto& thread : threads) thread.join();
  over = true;
  killer.join();
  EXPECT_GT(kills, 0);
  EXPECT_EQ(count("SELECT count(*) FROM batch_ledger"), 12 * 25);
  EXPECT_EQ(count("SELECT count(*) FROM staging"), 12 * 25);
  EXPECT_EQ(count("SELECT count(DISTINCT (source_id, time)) FROM staging"), 12 * 25);
  EXPECT_EQ(count("SELECT count(*) FROM series"), 12 * 6);
  EXPECT_EQ(count("SELECT count(*) FROM staging g WHERE NOT EXISTS (SELECT FROM layouts l "
                  "WHERE l.id = g.layout_id AND l.source_id = g.source_id)"),
            0);
  // Each value stands at the place of its own series.
  for (std::size_t i = 0; i < batches.size(); i += 25) {
    const auto samples = all(batches[i].id.source);
    ASSERT_EQ(samples.items.size(), 25u * 6u);
    for (const auto& sample : samples.items) {
      EXPECT_EQ(sample.value, static_cast<double>(to_ms(sample.time) - kNow));
    }
  }
}

TEST_F(SeriesTest, TheSameResultsToTwoWritersAtOnceCountOnce) {
  std::vector<domain::CheckResult> results;
  std::vector<CheckId> checks;
  for (int c = 0; c < 8; ++c) checks.push_back(CheckId::make());
  for (int second = 0; second < 10; ++second) {
    for (const auto& check : checks) {
      results.push_back(result_of(check, second, domain::CheckStatus::down));
    }
  }
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      auto writer = this->writer();
      auto mine = results;
      std::shuffle(mine.begin(), mine.end(), std::mt19937(t));
      for (std::size_t at = 0; at < mine.size(); at += 16) {
        Load load;
        load.results.assign(mine.begin() + static_cast<long>(at),
                            mine.begin() + static_cast<long>(std::min(at + 16, mine.size())));
        const auto done = writer.write(load);
        EXPECT_TRUE(done) << done.error().text;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count("SELECT count(*) FROM staging"), 80);
  EXPECT_EQ(count("SELECT count(*) FROM check_latest WHERE slot = to_timestamp(1700000009)"), 8);
  EXPECT_EQ(count("SELECT count(*) FROM (SELECT check_id, at FROM check_events "
                  "GROUP BY 1, 2 HAVING count(*) > 1) AS twice"),
            0);
}

TEST_F(SeriesTest, PagesStayExactWhileOthersStore) {
  auto writer = this->writer();
  for (std::uint64_t i = 0; i < 30; ++i) {
    write(writer, {batch_of(source_, i, frame_block(series_list(5), kNow, {1, 2, 3, 4, 5}))});
  }
  std::atomic<bool> over{false};
  std::thread other([&] {
    auto late = this->writer();
    for (std::uint64_t i = 1000; !over; ++i) {
      write(late,
            {batch_of(source_, i, frame_block(series_list(5), kNow, std::vector<double>(5, -1)))});
    }
  });
  SampleQuery query;
  query.source = source_.value;
  query.limit = 7;
  std::map<double, int> seen;
  std::set<std::string> positions;
  for (bool more = true; more;) {
    const auto samples = read([&](pqxx::work& tx) { return read_samples(tx, query); });
    for (const auto& sample : samples.items) {
      ++seen[sample.value];
      EXPECT_TRUE(positions.insert(sample.position.str()).second) << "shown twice";
    }
    more = samples.more;
    if (more) query.after = samples.items.back().position;
  }
  over = true;
  other.join();
  for (int value = 1; value <= 5; ++value) EXPECT_EQ(seen[value], 30) << value;
}

TEST_F(SeriesTest, BitsOfSpecialValuesSurvive) {
  auto writer = this->writer();
  const auto stale = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});
  const auto tiny = std::numeric_limits<double>::denorm_min();
  const std::vector<double> values{stale, -0.0, tiny, 0.1 + 0.2, contracts::kAbsent};
  write(writer, {batch_of(source_, 1, frame_block(series_list(5), kNow, values))});
  const auto stored = values_by_name(source_);
  ASSERT_EQ(stored.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(stored[i]), std::bit_cast<std::uint64_t>(values[i]));
  }
}

TEST_F(SeriesTest, TimesNobodyCanMeanAreKeptApart) {
  auto writer = this->writer();
  for (const std::int64_t ms : {std::numeric_limits<std::int64_t>::max(), std::int64_t{-1},
                                std::numeric_limits<std::int64_t>::min()}) {
    const auto bad = batch_of(SourceId::make(), 1, frame_block(series_list(1), ms, {1}));
    EXPECT_EQ(write(writer, {bad}).quarantined, 1u) << ms;
  }
  EXPECT_EQ(count("SELECT count(*) FROM staging"), 0);
}

// A page shows the newest samples without reading all that is stored.
TEST_F(SeriesTest, APageCostsWhatItShows) {
  auto writer = this->writer();
  const auto series = series_list(200);
  write(writer, {batch_of(source_, 1, frame_block(series, kNow, std::vector<double>(200, 1)))});
  count(
      "WITH stored AS (INSERT INTO staging_0 (source_id, layout_id, time, \"values\") "
      "SELECT source_id, layout_id, time + g * interval '10 s', \"values\" FROM staging_0, "
      "generate_series(1, 5000) AS g RETURNING 1) SELECT count(*) FROM stored");
  SampleQuery query;
  query.source = source_.value;
  query.limit = 50;
  for (const std::string name : {"node_metric7", ""}) {
    query.metric_name = name;
    const auto rows_read = read([&](pqxx::work& tx) {
      EXPECT_EQ(read_samples(tx, query).items.size(), 50u);
      return tx
          .exec1(
              "SELECT pg_stat_get_xact_tuples_returned(c) + pg_stat_get_xact_tuples_fetched(c) "
              "FROM (SELECT 'staging_0'::regclass::oid AS c) AS t")[0]
          .as<std::int64_t>();
    });
    EXPECT_LT(rows_read, 200) << name;
  }
}

// Lists of processes make new layouts all the time: a query reads none that nothing staged has.
TEST_F(SeriesTest, OldLayoutsCostQueriesNothing) {
  auto writer = this->writer();
  const auto series = series_list(3);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    const auto time = kNow + static_cast<std::int64_t>(i) * 1000;
    write(writer, {batch_of(source_, i, frame_block(series, time, {1, 2, 3}))});
  }
  count(
      "WITH old AS (INSERT INTO layouts (source_id, hash, series_ids) SELECT source_id, "
      "sha256(g::text::bytea), series_ids FROM layouts, generate_series(1, 5000) g RETURNING 1) "
      "SELECT count(*) FROM old");
  SampleQuery query;
  query.source = source_.value;
  query.limit = 10;
  query.metric_name = "node_metric1";
  const auto layouts_read = read([&](pqxx::work& tx) {
    EXPECT_EQ(read_samples(tx, query).items.size(), 10u);
    EXPECT_EQ(
        read_values(tx, source_.value, "node_metric2", from_ms(kNow), from_ms(kNow + 60'000), "{}")
            .size(),
        20u);
    return tx
        .exec1(
            "SELECT pg_stat_get_xact_tuples_returned(c) + pg_stat_get_xact_tuples_fetched(c) "
            "FROM (SELECT 'layouts'::regclass::oid AS c) AS t")[0]
        .as<std::int64_t>();
  });
  EXPECT_LT(layouts_read, 20);
}

}  // namespace
}  // namespace monitron::series
