// Two processes with the role: one compacts, and the other goes on when it ends (M-063).

#include "ingest/compactor_role.hpp"

#include "db/migrations.hpp"
#include "series/writer.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::ingest {
namespace {

using namespace std::chrono_literals;

class CompactorRoleTest : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    url_ = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    config_.database_url = url_;
    config_.application_name = "compactor role test";
    config_.slot_age = config_.rest = 0ms;
  }

  std::int64_t count(const std::string& sql) const {
    pqxx::connection connection(url_);
    pqxx::work tx(connection);
    return tx.exec1(sql)[0].as<std::int64_t>();
  }
  std::int64_t compacted() const {
    return count("SELECT coalesce(sum(count), 0) FROM chunks WHERE tier % 4 = 0");
  }

  void write(std::uint64_t seq) const {
    series::Writer writer({.database_url = url_, .application_name = "writer"});
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary({{"up", {}}});
    block.series_count = 1;
    block.frames.push_back({1'700'000'000'000 + static_cast<std::int64_t>(seq), {1.0}});
    contracts::Batch batch;
    batch.id.source = source_;
    batch.id.seq = seq;
    batch.blocks.push_back(std::move(block));
    series::Load load;
    load.batches.push_back(std::move(batch));
    ASSERT_TRUE(writer.write(load));
  }

  static bool says(const service::Metrics& metrics, const std::string& line) {
    return metrics.text().find("\n" + line + "\n") != std::string::npos;
  }

  std::string url_;
  series::CompactorConfig config_;
  SourceId source_ = SourceId::make();
};

TEST_F(CompactorRoleTest, OneOfThemCompactsAndAnotherFollows) {
  service::Metrics metrics;
  auto first = std::make_unique<CompactorRole>(config_, metrics);
  write(1);
  ASSERT_TRUE(testkit::eventually(20s, [&] { return compacted() == 1; }));
  EXPECT_TRUE(testkit::eventually(20s, [&] {
    return says(metrics, "monitron_ingest_compacted_samples_total 1") &&
           says(metrics, "monitron_ingest_compactor_leading 1") &&
           says(metrics, "monitron_ingest_staging_slots 0");
  })) << metrics.text();

  service::Metrics others;
  const CompactorRole second(config_, others);
  first.reset();  // gives the lease back
  write(2);
  ASSERT_TRUE(testkit::eventually(20s, [&] { return compacted() == 2; }));
  EXPECT_TRUE(testkit::eventually(
      20s, [&] { return says(others, "monitron_ingest_compacted_samples_total 1"); }));
  EXPECT_EQ(count("SELECT fence FROM leases WHERE name = 'ingest.compactor'"), 2);
}

// PostgreSQL cuts its connections: it opens new ones.
TEST_F(CompactorRoleTest, ItGoesOnAfterLosingItsConnections) {
  service::Metrics metrics;
  const CompactorRole role(config_, metrics);
  write(1);
  ASSERT_TRUE(testkit::eventually(20s, [&] { return compacted() == 1; }));
  (void)count(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
      "WHERE application_name LIKE 'compactor role test%' AND datname = current_database()");
  write(2);
  EXPECT_TRUE(testkit::eventually(30s, [&] { return compacted() == 2; }));
}

// What is to be deleted may be staged still: the ring turns at once, whatever its age.
TEST_F(CompactorRoleTest, ItDeletesWhatIsWantedAndLooksAfterTheDaysThatAreOver) {
  config_.slot_age = 1h;
  service::Metrics metrics;
  const CompactorRole role(config_, metrics);
  write(1);
  write(2);
  pqxx::connection connection(url_);
  pqxx::work tx(connection);
  tx.exec0(
      "INSERT INTO series_deletions SELECT gen_random_uuid(), array_agg(id), "
      "'2023-11-14T22:13:20.002Z', '2023-11-14T22:13:20.002Z' FROM series");
  tx.commit();
  ASSERT_TRUE(testkit::eventually(
      30s, [&] { return count("SELECT count(*) FROM series_deletions_done") == 1; }));
  EXPECT_EQ(compacted(), 1);
  EXPECT_TRUE(testkit::eventually(30s, [&] {
    return count("SELECT count(*) FROM chunk_partitions WHERE rewritten_at IS NOT NULL") == 3;
  }));
  EXPECT_EQ(count("SELECT sum(count) FROM chunks"), 3);  // with a bucket of 5 min and of 1 h
}

}  // namespace
}  // namespace monitron::ingest
