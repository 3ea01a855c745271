// Time divides storage, on the way that samples really go: writer, compactor, readers.
#include "compaction.hpp"
#include "series/partitions.hpp"
#include "series/sample_source.hpp"
#include "testkit/eventually.hpp"

#include <cmath>

namespace monitron::series {
namespace {

constexpr std::int64_t kMonthsEnd = 1'701'388'800'000;  // 2023-12-01T00:00:00Z
constexpr std::int64_t kDay = kMonthsEnd - kDayMs;
constexpr int kSources = 60, kSeries = 100;

class ByTimeTest : public CompactionTest {
 protected:
  // Sixty sources of a hundred series, a report an hour, of two days on either side of a month's
  // end.
  void store_days() {
    auto writer = this->writer();
    std::vector<SourceId> sources(kSources, source_);
    std::generate(sources.begin() + 1, sources.end(), [] { return SourceId::make(); });
    for (const auto& source : sources) {
      Block block = frame_block(series_list(kSeries), 0, {});
      block.frames.clear();
      for (int hour = -48; hour < 48; ++hour) {
        contracts::Frame frame;
        frame.time_ms = kMonthsEnd + hour * kHourMs;
        frame.values.assign(kSeries, hour);
        block.frames.push_back(std::move(frame));
      }
      write(writer, {batch_of(source, 1, block)});
    }
  }
  // A page of an hour of all series of a source; how many samples it had.
  std::size_t page_of_an_hour(std::int64_t from) {
    SampleQuery page;
    page.source = source_.value;
    page.from = from_ms(from);
    page.to = from_ms(from + kHourMs);
    page.limit = 1000;
    return read([&](pqxx::work& tx) { return read_samples(tx, page); }).items.size();
  }
  // An hour of one series, in steps and as PromQL reads it.
  std::size_t hour_of_a_series(std::int64_t from) {
    const auto end = from + kHourMs;
    std::size_t found = 0;
    BucketQuery buckets;
    buckets.source = source_.value;
    buckets.metric_name = "node_metric1";
    buckets.from = from_ms(from);
    buckets.to = from_ms(end);
    buckets.step = std::chrono::minutes(5);
    found += read([&](pqxx::work& tx) { return read_buckets(tx, buckets); }).items.size();
    promql::Budget budget{promql::Limits{}};
    SampleSource samples({url_, "by time test"});
    const auto named = promql::Matcher::make(promql::MatchKind::equal, "__name__", "node_metric1");
    const auto own =
        promql::Matcher::make(promql::MatchKind::equal, "server_id", source_.value.str());
    const auto count_them = [&](const promql::Labels&,
                                std::span<const promql::Sample> some) -> Result<void> {
      found += some.size();
      return {};
    };
    EXPECT_TRUE(samples.select({{*named, *own}, from, end - 1}, budget, count_them));
    return found;
  }
  // Statistics of a session are whole when it has ended.
  void end_sessions() {
    pool_.reset();
    pqxx::connection watcher(url_);
    EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] {
      pqxx::nontransaction tx(watcher);
      return tx.exec1(
                   "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                   "AND pid <> pg_backend_pid() AND backend_type = 'client backend'")[0]
                 .as<int>() == 0;
    }));
    db::Config config;
    config.url = url_;
    pool_.emplace(config);
  }
  // How often chunks of days that overlap (or do not overlap) [from, to) were looked into, by the
  // index or past it.
  std::int64_t looks(const std::string& how, bool inside, std::int64_t from, std::int64_t to) {
    return count("SELECT coalesce(sum(" + how +
                 "), 0) FROM pg_stat_user_tables JOIN chunk_partitions ON relname = 'chunks_' || "
                 "name WHERE (lower < '" +
                 to_rfc3339(from_ms(to)) + "' AND upper > '" + to_rfc3339(from_ms(from)) +
                 "') = " + (inside ? "true" : "false"));
  }
};

// M-061, R-021: nobody makes a partition ahead, and a new month needs nothing.
TEST_F(ByTimeTest, PartitionsComeWithTheSamplesAlsoOfANewMonth) {
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions"), 0);
  store_days();
  settle();
  EXPECT_EQ(count("SELECT sum(count) FROM chunks"), kSources * kSeries * 96);
  EXPECT_EQ(count("SELECT count(DISTINCT date_trunc('day', lower, 'UTC')) FROM chunk_partitions"),
            4);
  EXPECT_EQ(count("SELECT count(DISTINCT date_trunc('month', lower, 'UTC')) FROM "
                  "chunk_partitions"),
            2);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions WHERE date_trunc('month', lower, 'UTC') "
                  "<> date_trunc('month', upper - interval '1 ms', 'UTC')"),
            0);
}

// M-061, R-025: as PostgreSQL counts it, for every kind of reading.
TEST_F(ByTimeTest, ReadingAnHourTouchesItsPartitionsAlone) {
  store_days();
  settle();
  end_sessions();
  const auto from = kDay + 5 * kHourMs, to = from + kHourMs;
  const auto any = "seq_scan + coalesce(idx_scan, 0)";
  const auto here = looks(any, true, from, to), elsewhere = looks(any, false, from, to);
  EXPECT_EQ(page_of_an_hour(from), std::size_t{kSeries});
  EXPECT_EQ(hour_of_a_series(from), 2u);
  end_sessions();
  EXPECT_GE(looks(any, true, from, to), here + 3);
  EXPECT_EQ(looks(any, false, from, to), elsewhere);
}

TEST_F(ByTimeTest, ASeriesIsFoundByTheIndex) {
  store_days();
  settle();
  read([](pqxx::work& tx) { return tx.exec("ANALYZE").affected_rows(); });
  end_sessions();
  const auto from = kDay + 5 * kHourMs, to = from + kHourMs;
  const auto by_index = looks("idx_scan", true, from, to);
  const auto past_it = looks("seq_scan", true, from, to);
  EXPECT_EQ(hour_of_a_series(from), 2u);
  end_sessions();
  EXPECT_GE(looks("idx_scan", true, from, to), by_index + 2);
  EXPECT_EQ(looks("seq_scan", true, from, to), past_it);
}

// M-063: measured on the disk, indexes and all.
TEST_F(ByTimeTest, CompactionMakesSamplesSmall) {
  auto writer = this->writer();
  constexpr int kReports = 720;
  std::mt19937 random(5);
  std::vector<double> values(kSeries);
  for (int report = 0; report < kReports; ++report) {
    for (std::size_t i = 0; i < kSeries; ++i) {
      if (i % 3 == 0) values[i] += static_cast<double>(random() % 5000);
      if (i % 3 == 1) values[i] = static_cast<double>(random() % 1000) / 10;
    }
    const auto time = kDay + report * 10'000LL + static_cast<std::int64_t>(random() % 4);
    write(writer, {batch_of(source_, static_cast<std::uint64_t>(report) + 1,
                            frame_block(series_list(kSeries), time, values))});
  }
  const auto bytes = [&](const std::string& tables) {
    return static_cast<double>(
        count("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE "
              "relkind = 'r' AND relname ~ '" +
              tables + "'"));
  };
  const auto staged = bytes("^staging_[0-3]$") / (kSeries * kReports);
  const auto before = bytes("^chunk");
  settle();
  const auto compacted = (bytes("^chunk") - before) / (kSeries * kReports);
  EXPECT_GT(staged, 8);
  EXPECT_LT(compacted, staged / 3);
}

}  // namespace
}  // namespace monitron::series
