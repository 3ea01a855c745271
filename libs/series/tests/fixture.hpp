#pragma once
// Batches, results and a database of one's own for the tests of this room.

#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "series/reader.hpp"
#include "series/writer.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::series {

using contracts::Batch;
using contracts::Block;

inline constexpr std::int64_t kNow = 1'700'000'000'000;

inline std::vector<contracts::Series> series_list(int count,
                                                  const std::string& prefix = "node_metric") {
  std::vector<contracts::Series> list;
  for (int i = 0; i < count; ++i)
    list.push_back({prefix + std::to_string(i), {{"n", std::to_string(i)}}});
  return list;
}

inline Batch batch_of(const SourceId& source, std::uint64_t seq, Block block) {
  Batch batch;
  batch.id.source = source;
  batch.id.epoch.fill(7);
  batch.id.seq = seq;
  batch.blocks.push_back(std::move(block));
  return batch;
}

inline Block frame_block(const std::vector<contracts::Series>& series, std::int64_t time_ms,
                         std::vector<double> values) {
  Block block;
  block.dictionary = contracts::pack_dictionary(series);
  block.series_count = static_cast<std::uint32_t>(series.size());
  block.frames.push_back({time_ms, std::move(values)});
  return block;
}

inline domain::CheckResult result_of(const CheckId& check, int second, domain::CheckStatus status) {
  domain::CheckResult result;
  result.check_id = check;
  result.slot = from_ms(kNow + second * 1000ll);
  result.started_at = result.slot;
  result.outcome.status = status;
  result.outcome.duration = std::chrono::milliseconds(25);
  result.outcome.phases.connect = std::chrono::milliseconds(5);
  if (status == domain::CheckStatus::down) {
    result.outcome.reason = "status 500, expected 200-299";
    result.outcome.details["response_head"] = std::string("HTTP/1.1 500\0!", 14);
  }
  result.location = "default";
  result.failures_before_down = 2;
  result.successes_before_up = 1;
  return result;
}

class SeriesTest : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    url_ = testkit::fresh_database();
    testkit::set_strange_defaults(url_);
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    db::Config config;
    config.url = url_;
    pool_.emplace(config);
  }
  Writer writer(const std::string& name = "writer test") const {
    return Writer({.database_url = url_, .application_name = name});
  }
  Written write(Writer& writer, std::vector<Batch> batches,
                std::vector<domain::CheckResult> results = {}) {
    Load load;
    load.batches = std::move(batches);
    load.results = std::move(results);
    const auto done = writer.write(load);
    EXPECT_TRUE(done) << done.error().text;
    return done.value_or(Written{});
  }
  template <class Read>
  auto read(Read read) {
    auto done = pool_->transact(read);
    if (!done) throw std::runtime_error(done.error().text);
    return *done;
  }
  SamplePage all(const SourceId& source, int limit = 1000) {
    SampleQuery query;
    query.source = source.value;
    query.limit = limit;
    return read([&](pqxx::work& tx) { return read_samples(tx, query); });
  }
  // Of one time: by their series' names.
  std::vector<double> values_by_name(const SourceId& source) {
    const auto samples = all(source);
    std::map<std::string, double> values;
    for (const auto& one : samples.items) {
      values[samples.series.at(one.series).metric_name] = one.value;
    }
    std::vector<double> list;
    for (const auto& [name, value] : values) list.push_back(value);
    return list;
  }
  std::int64_t count(const std::string& sql) {
    return read([&](pqxx::work& tx) { return tx.exec1(sql)[0].as<std::int64_t>(); });
  }

  std::string url_;
  std::optional<db::Pool> pool_;
  SourceId source_ = SourceId::make();
};

}  // namespace monitron::series
