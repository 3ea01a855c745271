// Against a real PostgreSQL: once and only once, exact pages, nothing half stored (R-024).

#include "fixture.hpp"
#include "testkit/eventually.hpp"

#include <cmath>
#include <limits>
#include <thread>

namespace monitron::series {
namespace {

// M-021.
TEST_F(SeriesTest, ARepeatedBatchIsStoredOnce) {
  auto writer = this->writer();
  const auto batch = batch_of(source_, 1, frame_block(series_list(3), kNow, {1, 2, 3}));
  const auto first = write(writer, {batch, batch});
  EXPECT_EQ(first.batches, 1u);
  EXPECT_EQ(first.duplicates, 1u);
  EXPECT_EQ(write(writer, {batch}).duplicates, 1u);
  auto other = this->writer();
  EXPECT_EQ(write(other, {batch}).samples, 0u);
  EXPECT_EQ(all(source_).items.size(), 3u);
}

// An Idempotency-Key, and no times: what is sent again after midnight is of another day.
TEST_F(SeriesTest, APushIsKnownAgainOnTheNextDay) {
  auto writer = this->writer();
  const auto push = [&](std::uint64_t seq, int days) {
    const auto time = kNow + days * 86'400'000ll;
    return batch_of(source_, seq, frame_block(series_list(1), time, {1}));
  };
  EXPECT_EQ(write(writer, {push(0, 0)}).batches, 1u);
  EXPECT_EQ(write(writer, {push(0, 1)}).duplicates, 1u);
  EXPECT_EQ(write(writer, {push(0, -1)}).duplicates, 1u);
  EXPECT_EQ(write(writer, {push(0, 3)}).batches, 1u);
  EXPECT_EQ(write(writer, {push(1, 0), push(1, 1)}).batches, 2u);
}

TEST_F(SeriesTest, WithoutItsLedgerItWouldStoreTwice) {
  Writer writer({.database_url = url_, .application_name = "broken", .ledger = false});
  const auto batch = batch_of(source_, 1, frame_block(series_list(3), kNow, {1, 2, 3}));
  write(writer, {batch});
  write(writer, {batch});
  EXPECT_EQ(all(source_).items.size(), 6u);
}

TEST_F(SeriesTest, SpecialValuesSurviveAndAbsentOnesAreAbsent) {
  auto writer = this->writer();
  const double infinity = std::numeric_limits<double>::infinity();
  write(writer,
        {batch_of(source_, 1,
                  frame_block(series_list(5), kNow,
                              {std::nan(""), infinity, -infinity, contracts::kAbsent, 0.1}))});
  const auto values = values_by_name(source_);
  ASSERT_EQ(values.size(), 4u);
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(values[1], infinity);
  EXPECT_EQ(values[2], -infinity);
  EXPECT_EQ(values[3], 0.1);
  EXPECT_EQ(all(source_).items[0].time, from_ms(kNow));
}

// R-013: samples with equal series and time are all kept, and pages over them are exact.
TEST_F(SeriesTest, EqualTimesAreAllKeptAndPagedExactly) {
  auto writer = this->writer();
  const auto series = series_list(7);
  Block block = frame_block(series, kNow, {0, 1, 2, 3, 4, 5, 6});
  for (int i = 0; i < 21; ++i) {
    block.points.push_back({static_cast<std::uint32_t>(i % 7), kNow, 100.0 + i});
  }
  write(writer, {batch_of(source_, 1, block)});
  SampleQuery query;
  query.source = source_.value;
  query.limit = 4;
  std::multiset<double> seen;
  for (int page = 0; page < 60; ++page) {
    const auto samples = read([&](pqxx::work& tx) { return read_samples(tx, query); });
    for (const auto& sample : samples.items) seen.insert(sample.value);
    if (!samples.more) break;
    query.after = samples.items.back().position;
    // What arrives meanwhile does not shift what was seen.
    write(writer, {batch_of(source_, 100 + static_cast<std::uint64_t>(page),
                            frame_block(series, kNow, std::vector<double>(7, -1)))});
  }
  // Of what came later only such is shown as stands behind the page of its time.
  seen.erase(-1);
  EXPECT_EQ(seen.size(), 28u);
  EXPECT_EQ(std::set<double>(seen.begin(), seen.end()).size(), 28u);
}

TEST_F(SeriesTest, SparsePointsOfAWideDictionaryAreNarrowRows) {
  auto writer = this->writer();
  Block block;
  const auto series = series_list(100);
  block.dictionary = contracts::pack_dictionary(series);
  block.series_count = 100;
  for (std::uint32_t i = 0; i < 10; ++i) block.points.push_back({i * 3, kNow + i, 1.0 * i});
  EXPECT_EQ(write(writer, {batch_of(source_, 1, block)}).samples, 10u);
  EXPECT_EQ(count("SELECT max(array_length(\"values\", 1)) FROM staging"), 1);
  const auto samples = all(source_);
  ASSERT_EQ(samples.items.size(), 10u);
  EXPECT_EQ(samples.series.at(samples.items[0].series).metric_name, "node_metric27");
}

// Else one push could ask for memory without end: a whole row for each value of one series.
TEST_F(SeriesTest, ManyValuesOfOneSeriesAtOneTimeAreNotWholeRows) {
  auto writer = this->writer();
  Block block;
  const auto series = series_list(2'000);
  block.dictionary = contracts::pack_dictionary(series);
  block.series_count = 2'000;
  for (std::uint32_t i = 0; i < 2'000; ++i) block.points.push_back({i, kNow, 1.0});
  for (int i = 0; i < 50'000; ++i) block.points.push_back({7, kNow, 1.0 * i});
  EXPECT_EQ(write(writer, {batch_of(source_, 1, block)}).samples, 52'000u);
  EXPECT_EQ(count("SELECT count(*) FROM staging WHERE array_length(\"values\", 1) > 1"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM staging"), 50'001);
  EXPECT_EQ(count("SELECT \"values\"[1]::int FROM staging ORDER BY row_id DESC LIMIT 1"), 49'999);
}

// R-014.
TEST_F(SeriesTest, FiltersByTypeNameAndTime) {
  auto writer = this->writer();
  const std::vector<contracts::Series> series{
      {"node_cpu_usage_ratio", {{"cpu", "0"}}},
      {"pushed", {{"__metric_name__", "load.1m"}, {"__metric_type__", "cpu"}, {"a", "b"}}}};
  for (int i = 0; i < 4; ++i) {
    write(writer, {batch_of(source_, static_cast<std::uint64_t>(i),
                            frame_block(series, kNow + i * 1000ll, {1.0 * i, 10.0 * i}))});
  }
  SampleQuery query;
  query.source = source_.value;
  query.metric_name = "load.1m";
  query.from = from_ms(kNow + 1000);
  query.to = from_ms(kNow + 3000);
  const auto samples = read([&](pqxx::work& tx) { return read_samples(tx, query); });
  ASSERT_EQ(samples.items.size(), 2u);
  EXPECT_EQ(samples.items[0].value, 20);
  EXPECT_EQ(samples.series.begin()->second.metric_type, "cpu");
  EXPECT_EQ(samples.series.begin()->second.labels, R"({"a": "b"})");
  BucketQuery buckets;
  buckets.source = source_.value;
  buckets.metric_name = "load.1m";
  buckets.from = from_ms(kNow);
  buckets.to = from_ms(kNow + 4000);
  buckets.step = std::chrono::seconds(2);
  const auto means = read([&](pqxx::work& tx) { return read_buckets(tx, buckets); });
  ASSERT_EQ(means.items.size(), 2u);
  EXPECT_EQ(means.items[0].values, std::vector<double>{5});
  EXPECT_EQ(means.items[1].values, std::vector<double>{25});
  const auto values = read([&](pqxx::work& tx) {
    return read_values(tx, source_.value, "load.1m", from_ms(kNow), from_ms(kNow + 4000));
  });
  EXPECT_EQ(values.size(), 4u);
  const auto list =
      read([&](pqxx::work& tx) { return list_series(tx, {.source = source_.value}); });
  EXPECT_EQ(list.size(), 2u);
}

TEST_F(SeriesTest, WritersThatMeetNeitherDeadlockNorDouble) {
  std::vector<Batch> batches;
  for (int i = 0; i < 60; ++i) {
    batches.push_back(batch_of(SourceId::make(), 1,
                               frame_block(series_list(20), kNow, std::vector<double>(20, 1))));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      auto mine = batches;
      std::rotate(mine.begin(), mine.begin() + t * 15l, mine.end());
      auto writer = this->writer();
      for (int at = 0; at < 60; at += 20) {
        Load load;
        load.batches.assign(mine.begin() + at, mine.begin() + at + 20);
        const auto done = writer.write(load);
        EXPECT_TRUE(done) << done.error().text;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count("SELECT count(*) FROM staging"), 60);
  EXPECT_EQ(count("SELECT count(*) FROM series"), 60 * 20);
  EXPECT_EQ(count("SELECT count(*) FROM sources"), 60);
}

TEST_F(SeriesTest, ALostConnectionLosesNothingAndNumbersStayRight) {
  auto writer = this->writer();
  const auto one = batch_of(source_, 1, frame_block(series_list(3), kNow, {1, 2, 3}));
  {
    // The catalogue of names is locked: the writer is stuck in the middle of its transaction.
    pqxx::connection blocker(url_);
    pqxx::work tx(blocker);
    tx.exec("LOCK TABLE layouts IN ACCESS EXCLUSIVE MODE");
    std::thread killer([&] {
      pqxx::connection admin(url_);
      testkit::eventually(std::chrono::seconds(10), [&] {
        pqxx::nontransaction look(admin);
        return look.exec(
                       "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                       "datname = current_database() AND "
                       "application_name = 'writer test' AND wait_event_type = 'Lock'")
                   .size() == 1;
      });
    });
    Load load;
    load.batches = {one};
    const auto done = writer.write(load);
    killer.join();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().fault, Fault::unavailable) << done.error().text;
  }
  EXPECT_EQ(count("SELECT count(*) FROM series"), 0);
  EXPECT_EQ(write(writer, {one}).samples, 3u);
  EXPECT_EQ(all(source_).items.size(), 3u);
}

TEST_F(SeriesTest, WhatCannotBeReadIsKeptApart) {
  auto writer = this->writer();
  auto bad = batch_of(source_, 1, frame_block(series_list(3), kNow, {1, 2, 3}));
  bad.blocks[0].dictionary.packed[5] ^= 1;
  const auto good = batch_of(source_, 2, frame_block(series_list(2), kNow, {1, 2}));
  const auto written = write(writer, {bad, good});
  EXPECT_EQ(written.quarantined, 1u);
  EXPECT_EQ(written.samples, 2u);
  EXPECT_EQ(write(writer, {bad}).quarantined, 0u);  // known already
  EXPECT_EQ(count("SELECT count(*) FROM quarantine WHERE reason <> ''"), 1);
}

// M-114.
TEST_F(SeriesTest, ChecksHaveAStateEventsAndResults) {
  auto writer = this->writer();
  const auto check = CheckId::make();
  using domain::CheckStatus;
  const std::vector<CheckStatus> run{CheckStatus::up, CheckStatus::down, CheckStatus::down,
                                     CheckStatus::up, CheckStatus::unknown};
  std::vector<domain::CheckResult> results;
  for (int i = 0; i < 5; ++i)
    results.push_back(result_of(check, i, run[static_cast<std::size_t>(i)]));
  EXPECT_EQ(write(writer, {}, results).results, 5u);
  EXPECT_EQ(write(writer, {}, results).duplicates, 5u);  // (check, slot) is stored once
  const auto latest = read([&](pqxx::work& tx) {
    return std::string(
        tx.exec1("SELECT status || ' ' || (last_result->>'status') || ' ' || "
                 "(extract(epoch FROM status_since) * 1000)::bigint FROM check_latest")[0]
            .c_str());
  });
  EXPECT_EQ(latest, "up unknown " + std::to_string(kNow + 3000));
  // up at 0, one failure, down at 2, up at 3
  EXPECT_EQ(count("SELECT count(*) FROM check_events"), 4);
  EXPECT_EQ(
      count("SELECT count(*) FROM check_events WHERE status = 'down' AND previous_status = 'up'"),
      1);
  ResultQuery query;
  query.check = check.value;
  query.limit = 3;
  auto page = read([&](pqxx::work& tx) { return read_results(tx, query); });
  ASSERT_EQ(page.items.size(), 3u);
  EXPECT_NE(page.items[0].find(R"("status":"unknown")"), std::string::npos) << page.items[0];
  EXPECT_NE(page.items[2].find("status 500, expected"), std::string::npos) << page.items[2];
  EXPECT_NE(page.items[2].find(R"("phases":{"connect":0.005})"), std::string::npos);
  ASSERT_TRUE(page.next);
  query.after = page.next;
  page = read([&](pqxx::work& tx) { return read_results(tx, query); });
  EXPECT_EQ(page.items.size(), 2u);
  EXPECT_FALSE(page.next);
}

// A warning is an event when it begins and when it ends; each result that has it says so.
TEST_F(SeriesTest, AWarningIsTheReasonOfEachResultThatHasIt) {
  auto writer = this->writer();
  const auto check = CheckId::make();
  const char* said[] = {"", "WARNING - queue", "WARNING - queue", "", "", "WARNING - queue"};
  for (int i = 0; i < 6; ++i) {  // one by one, as a check runs
    auto result = result_of(check, i, domain::CheckStatus::up);
    result.outcome.reason = said[i];
    result.outcome.warning = !result.outcome.reason.empty();
    write(writer, {}, {result});
  }
  auto failure = result_of(check, 6, domain::CheckStatus::down);
  auto after = result_of(check, 7, domain::CheckStatus::up);
  failure.failures_before_down = after.failures_before_down = 3;
  after.outcome.reason = "";
  write(writer, {}, {failure, after});
  ResultQuery query;
  query.check = check.value;
  const auto page = read([&](pqxx::work& tx) { return read_results(tx, query); });
  ASSERT_EQ(page.items.size(), 8u);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto reason = std::string(R"("reason":")") + said[i] + "\"";
    EXPECT_NE(page.items[7 - i].find(reason), std::string::npos) << page.items[7 - i];
  }
  EXPECT_NE(page.items[0].find(R"("reason":"")"), std::string::npos) << page.items[0];
  EXPECT_EQ(count("SELECT count(*) FROM check_events WHERE detail->>'outcome' = 'warning'"), 3);
  // up at 0, the warning, that the check warns, its end, the warning again, the failure
  EXPECT_EQ(count("SELECT count(*) FROM check_events"), 6);
}

// M-002, M-104: what a script says when all is well is its last result's, and no event.
TEST_F(SeriesTest, WordsThatAreNoWarningAreNoEvents) {
  auto writer = this->writer();
  const auto check = CheckId::make();
  for (int i = 0; i < 5; ++i) {
    auto result = result_of(check, i, domain::CheckStatus::up);
    result.outcome.reason = "OK - load " + std::to_string(i);
    write(writer, {}, {result});
  }
  EXPECT_EQ(count("SELECT count(*) FROM check_events"), 1) << "that it is up";
  EXPECT_EQ(count("SELECT count(*) FROM check_latest WHERE last_result->>'reason' = 'OK - load 4' "
                  "AND NOT (last_result->>'warning')::bool AND NOT warns"),
            1);
}

// M-002: a warning, and that a check flaps, are states of it; each beginning and end is an event.
TEST_F(SeriesTest, ThatACheckWarnsOrFlapsIsStoredWithItsBeginningAndEnd) {
  auto writer = this->writer();
  const auto check = CheckId::make();
  int slot = 0;
  const auto see = [&](domain::CheckStatus status, bool warning = false) {
    auto result = result_of(check, slot++, status);
    result.outcome.reason = warning ? "WARNING - queue" : "";
    result.outcome.warning = warning;
    result.failures_before_down = result.successes_before_up = 2;
    write(writer, {}, {result});
  };
  const auto events = [&](const std::string& which) {
    return count("SELECT count(*) FROM check_events WHERE " + which);
  };
  using enum domain::CheckStatus;
  see(up, true);
  EXPECT_EQ(count("SELECT count(*) FROM check_latest WHERE warns"), 0);
  see(up, true);
  EXPECT_EQ(count("SELECT count(*) FROM check_latest WHERE warns"), 1);
  EXPECT_EQ(events("warning = 'began'"), 1);
  see(up);
  see(up);
  EXPECT_EQ(events("warning = 'ended'"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM check_latest WHERE warns"), 0);
  for (int i = 0; i < 10; ++i) see(i % 2 == 0 ? down : up);
  EXPECT_EQ(events("flapping = 'began' AND (detail->>'flapping_percent')::float8 > 30"), 1);
  for (int i = 0; i < 20; ++i) see(up);
  EXPECT_EQ(events("flapping = 'ended'"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM check_latest WHERE flapping"), 0);
}

TEST_F(SeriesTest, TrialRunsAreNoHistory) {
  auto writer = this->writer();
  auto trial = result_of(CheckId::make(), 0, domain::CheckStatus::down);
  trial.test_id = Uuid::make();
  write(writer, {}, {trial});
  EXPECT_EQ(count("SELECT count(*) FROM check_test_results"), 1);
  EXPECT_EQ(count("SELECT (SELECT count(*) FROM check_latest) + (SELECT count(*) FROM staging)"),
            0);
}

// Whatever the time of its samples: a batch is forgotten by the day on which it came.
TEST_F(SeriesTest, TheLedgerForgetsByArrival) {
  auto writer = this->writer();
  constexpr std::int64_t kIn1970 = 86'400'000;
  const auto batch = batch_of(source_, 1, frame_block(series_list(1), kIn1970, {1.0}));
  const auto now = system_clock().now();
  const auto day = std::chrono::hours(24);
  write(writer, {batch});
  ASSERT_TRUE(writer.keep_house(now));
  EXPECT_EQ(count("SELECT count(*) FROM batch_ledger"), 1);
  write(writer, {batch});
  EXPECT_EQ(count("SELECT count(*) FROM staging"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM batch_ledger WHERE bucket = '1970-01-02'"), 1);
  ASSERT_TRUE(writer.keep_house(now + day));
  EXPECT_EQ(count("SELECT count(*) FROM batch_ledger"), 0);
}

}  // namespace
}  // namespace monitron::series
