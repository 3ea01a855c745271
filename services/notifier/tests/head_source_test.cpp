// The head and PostgreSQL answer queries alike: what was sent to both, at random.

#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "head/head.hpp"
#include "notifier/watched_labels.hpp"
#include "promql/parser.hpp"
#include "promql/query.hpp"
#include "series/sample_source.hpp"
#include "series/writer.hpp"
#include "store/checks.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <pqxx/pqxx>
#include <random>

namespace monitron::notifier {
namespace {

constexpr std::array kQueries = {
    "x",
    "rate(x[1m])",
    "sum by (server_id) (increase(x[5m]))",
    "max_over_time(x{env=\"prod\"}[2m]) > 3",
    "x offset 1m",
    "avg by (instance, a) (x) / on (instance) group_left count by (instance) (x)",
    "count_over_time({__name__=~\"y|imported\"}[3m])",
    "{__name__=~\"y|imported\", server_id=\"\"}",
    "max_over_time(rate(x[1m])[3m:30s])",
    "avg by (check, team, kind) (probe_success)",
    "probe_duration_seconds{phase=\"\"} * 1000",
    "absent(x{a=\"none\"})",
    "topk(2, x) or bottomk(1, probe_success)",
    "sort_desc(y) unless on (server_id) x",
    "label_replace(x, \"host\", \"$1\", \"instance\", \"(.*)\\\\..*\")"};

class HeadAndStorage : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    const auto url = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url, db::built_in_migrations()));
    pool_.emplace(db::Config{.url = url, .application_name = "notifier test"});
    writer_.emplace(series::WriterConfig{.database_url = url, .application_name = "test"});
    storage_.emplace(series::SourceConfig{.database_url = url, .application_name = "test"});
    ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { make_owners(tx); }));
    for (const auto* query : kQueries) {
      const auto needs = head::needs_of(*promql::parse(query));
      needs_.insert(needs_.end(), needs->begin(), needs->end());
    }
  }

  void make_owners(pqxx::work& tx) {
    for (int i = 0; i < 3; ++i) {
      instances_.push_back(Uuid::make());
      const std::string labels = i == 0 ? "{}" : R"({"env": "prod", "my-zone": "a", "__no": "x"})";
      tx.exec_params(
          "INSERT INTO instances (id, name, hostname, kind, labels) "
          "VALUES ($1, 'a', $2, 'server', $3)",
          instances_.back().str(), "host" + std::to_string(i) + ".example", labels);
    }
    for (int i = 0; i < 2; ++i) {
      store::Check check;
      check.id = Uuid::make();
      check.name = "check " + std::to_string(i);
      check.kind = "http";
      check.target = "http://example";
      check.labels = {{"team", "web"}, {"instance", "mine"}};
      if (i == 0) check.instance_id = instances_[0];
      store::insert_check(tx, check);
      checks_.push_back(check.id);
    }
    owners_ = owners_of(store::watched_checks(tx), store::watched_instances(tx));
  }

  int any(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::int64_t any_time() { return now_ms_ - any(60) * 10'000L + any(3); }
  double any_value() {
    switch (any(8)) {
      case 0:
        return NAN;
      case 1:
        return any(2) == 0 ? INFINITY : -0.0;
      case 2:
        return std::bit_cast<double>(promql::kStaleBits);
      case 3:
        return any(1'000'000) / 7.0;
      default:
        return any(100) / 10.0;
    }
  }

  contracts::Batch any_batch() {
    static const std::vector<contracts::Series> kinds = {{"x", {{"a", "1"}}},
                                                         {"x", {{"a", "2"}, {"env", "test"}}},
                                                         {"y", {{"server_id", "mine"}, {"z", "1"}}},
                                                         {"y", {}},
                                                         {"imported", {{"instance", "far"}}},
                                                         {"not_asked_for", {}}};
    contracts::Batch batch;
    const auto who = static_cast<std::size_t>(any(4));
    if (who < 3) batch.id.source = SourceId{instances_[who]};
    batch.id.epoch = Uuid::make().bytes;
    std::vector<contracts::Series> series;
    for (const auto& kind : kinds) {
      if (any(2) == 0) series.push_back(kind);
    }
    if (series.empty()) series.push_back(kinds[0]);
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary(series);
    block.series_count = static_cast<std::uint32_t>(series.size());
    for (int i = any(12); i > 0; --i) {
      contracts::Frame frame{any_time(), {}};
      while (frame.values.size() < series.size()) {
        frame.values.push_back(any(5) == 0 ? contracts::kAbsent : any_value());
      }
      block.frames.push_back(frame);
    }
    for (int i = any(3); i > 0; --i) {
      const auto place = static_cast<std::uint32_t>(any(static_cast<int>(series.size())));
      block.points.push_back({place, any_time(), any_value()});
    }
    batch.blocks.push_back(block);
    return batch;
  }

  domain::CheckResult any_result() {
    domain::CheckResult result;
    const auto which = static_cast<std::size_t>(any(2));
    result.check_id = CheckId{checks_[which]};
    // Slots come again, but not long after.
    auto& slot_ms = slot_ms_.at(which);
    slot_ms += any(2) * 10'000L;
    result.slot = from_ms(slot_ms - any(3) * 10'000L);
    result.outcome.status = static_cast<domain::CheckStatus>(any(3));
    result.outcome.duration = std::chrono::microseconds(any(1'000'000));
    if (any(2) == 0) result.outcome.phases.connect = std::chrono::milliseconds(any(100));
    return result;
  }

  // To storage, and, unless the head is deaf, to the head.
  void send(int count, bool deaf) {
    for (auto& slot_ms : slot_ms_) slot_ms += 30'000;  // nothing comes again after a gap
    for (int i = 0; i < count; ++i) {
      series::Load load;
      if (any(3) == 0) {
        load.results.push_back(any_result());
      } else {
        load.batches.push_back(any_batch());
      }
      const auto written = writer_->write(load);
      ASSERT_TRUE(written) << written.error().text;
      if (deaf) continue;
      for (const auto& batch : load.batches) head_.add(batch, now_ms_);
      for (const auto& result : load.results) head_.add(result, now_ms_);
    }
  }

  static std::string shown(const promql::Value& value) {
    const auto* vector = std::get_if<promql::Vector>(&value);
    if (vector == nullptr) return "no vector";
    std::vector<std::string> lines;
    for (const auto& one : *vector) {
      lines.push_back(one.labels.str() + " " + promql::format_value(one.sample.value));
    }
    std::sort(lines.begin(), lines.end());
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
  }
  static std::string answer(promql::Source& source, const char* query, std::int64_t time_ms) {
    promql::Budget budget(promql::Limits{});
    const auto outcome = promql::query_instant(*promql::parse(query), time_ms, source, budget);
    return outcome ? shown(outcome->value) : "fails: " + outcome.error().text;
  }
  void compare() {
    for (const auto* query : kQueries) {
      const auto here = answer(head_, query, now_ms_);
      EXPECT_EQ(here, answer(*storage_, query, now_ms_)) << query;
      empty_ += here.empty() ? 1 : 0;
    }
  }

  std::mt19937 random_{std::random_device{}()};
  const std::int64_t now_ms_ = to_ms(system_clock().now());
  std::array<std::int64_t, 2> slot_ms_ = {now_ms_ - 800'000, now_ms_ - 700'000};
  std::vector<Uuid> instances_, checks_;
  std::vector<head::Owner> owners_;
  std::vector<head::Need> needs_;
  std::optional<db::Pool> pool_;
  std::optional<series::Writer> writer_;
  std::optional<series::SampleSource> storage_;
  head::Head head_{{}};
  std::size_t empty_ = 0;
};

// M-064.
TEST_F(HeadAndStorage, AnswerQueriesAlike) {
  send(10, true);
  head_.define(needs_, owners_, now_ms_);
  ASSERT_TRUE(head_.fill(*storage_, now_ms_));
  compare();
  for (int round = 0; round < 10; ++round) {
    send(20, false);
    compare();
  }
  send(20, true);  // a gap
  head_.lose();
  ASSERT_TRUE(head_.fill(*storage_, now_ms_));
  compare();
  send(20, false);
  compare();
  EXPECT_LT(empty_, 5 * kQueries.size());  // of 14
}

}  // namespace
}  // namespace monitron::notifier
