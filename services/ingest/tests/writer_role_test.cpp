// What the store queues bring, into a real PostgreSQL: one bad part harms no other (M-021).

#include "ingest/writer_role.hpp"

#include "contracts/check_results.hpp"
#include "db/migrations.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>
#include <random>

namespace monitron::ingest {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

contracts::Batch batch_of(std::uint64_t seq) {
  contracts::Batch batch;
  batch.id.source = SourceId::make();
  batch.id.seq = seq;
  contracts::Block block;
  block.dictionary = contracts::pack_dictionary({{"node_load1", {}}});
  block.series_count = 1;
  block.frames.push_back({kNow, {1.5}});
  batch.blocks.push_back(std::move(block));
  return batch;
}

domain::CheckResult result_of(std::int64_t slot_ms) {
  domain::CheckResult result;
  result.check_id = CheckId::make();
  result.slot = from_ms(slot_ms);
  result.started_at = result.slot;
  result.outcome.status = domain::CheckStatus::up;
  return result;
}

mq::Delivery delivery(contracts::Message message) {
  mq::Delivery delivery;
  delivery.message = std::move(message);
  return delivery;
}

mq::Delivery envelope(std::vector<contracts::Batch> batches) {
  return delivery(contracts::to_message({kNow, std::move(batches)}, "metric.0"));
}

class StoringTest : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    url_ = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    storing_.emplace(series::WriterConfig{.database_url = url_, .application_name = "storing"},
                     metrics_);
  }
  Result<void> store(const std::vector<mq::Delivery>& deliveries) {
    return (*storing_)(deliveries);
  }
  std::int64_t count(const std::string& what) {
    pqxx::connection connection(url_);
    pqxx::work tx(connection);
    return tx.exec1("SELECT count(*) FROM " + what)[0].as<std::int64_t>();
  }

  std::string url_;
  service::Metrics metrics_;
  std::optional<Storing> storing_;
};

TEST_F(StoringTest, GarbageBesideGoodMessagesIsSetAside) {
  auto garbage = envelope({batch_of(1)});
  garbage.message.body = "\xff\xff no protobuf";
  auto stranger = envelope({batch_of(2)});
  stranger.message.type = "something.else";
  ASSERT_TRUE(store({envelope({batch_of(3)}), garbage, stranger, envelope({batch_of(4)})}));
  EXPECT_EQ(count("staging"), 2);
  EXPECT_EQ(count("quarantine"), 2);
  EXPECT_EQ(count("quarantine WHERE reason LIKE '%something.else%'"), 1);
}

// The whole cannot be stored, so the broker's side asks for each message alone.
TEST_F(StoringTest, OneResultThatIsRefusedHarmsNoOtherOfItsMessage) {
  const std::int64_t year_300000 = 9'400'000'000'000'000;
  const contracts::CheckResults results{
      "worker", {result_of(kNow), result_of(year_300000), result_of(kNow + 1000)}};
  const auto message = delivery(contracts::to_message(results, "check.0"));
  ASSERT_TRUE(store({message}));
  EXPECT_EQ(count("staging"), 2);
  EXPECT_EQ(count("check_latest"), 2);
  EXPECT_EQ(count("quarantine"), 1);
  ASSERT_TRUE(store({message}));
  EXPECT_EQ(count("staging"), 2);
}

// What a checker measures of itself becomes series of the suite, and no instance.
TEST_F(StoringTest, ReportsOfCheckersAreStoredOnce) {
  auto report = batch_of(0);
  report.id = {contracts::kSuite, Uuid::make().bytes, 0};
  report.metadata = {{"node_load1", "gauge", "of the suite", ""}};
  const auto message = delivery(contracts::to_message(
      contracts::CheckResults{"worker", {result_of(kNow)}, {}, {report}}, "check.1"));
  ASSERT_TRUE(store({message}));
  ASSERT_TRUE(store({message}));
  EXPECT_EQ(count("staging"), 2);
  EXPECT_EQ(count("staging JOIN sources s ON s.id = source_id WHERE uuid = '" +
                  contracts::kSuite.str() + "'"),
            1);
  EXPECT_EQ(count("metric_metadata WHERE help = 'of the suite'"), 1);
  EXPECT_EQ(count("instance_activity"), 0);
}

TEST_F(StoringTest, WhatIsStoredIsCounted) {
  const auto message = envelope({batch_of(1), batch_of(2)});
  ASSERT_TRUE(
      store({message, delivery(contracts::to_message(
                          contracts::CheckResults{"worker", {result_of(kNow)}}, "check.0"))}));
  ASSERT_TRUE(store({message}));
  const auto text = metrics_.text();
  for (const char* line :
       {"stored_batches_total 2", "stored_results_total 1", "duplicates_total 2",
        "quarantined_total 0", "store_seconds_count 2", "store_delay_seconds_count 2"}) {
    EXPECT_NE(text.find("\nmonitron_ingest_" + std::string(line) + "\n"), std::string::npos)
        << line << "\n"
        << text;
  }
}

TEST_F(StoringTest, NothingIsAcknowledgedWhileTheDatabaseIsAway) {
  const auto message = envelope({batch_of(1)});
  Storing elsewhere({.database_url = "postgres://nobody@127.0.0.1:1/none"}, metrics_);
  const auto done = elsewhere(std::span(&message, 1));
  ASSERT_FALSE(done);
  EXPECT_TRUE(is_transient(done.error().fault)) << done.error().text;
  EXPECT_NE(metrics_.text().find("monitron_ingest_store_failures_total{fault=\"unavailable\"} 1\n"),
            std::string::npos);
}

// A program that is newer or older than the schema waits; it does not throw data away.
TEST_F(StoringTest, NothingIsAcknowledgedWhileTheSchemaIsAnother) {
  pqxx::connection connection(url_);
  pqxx::nontransaction(connection).exec("ALTER TABLE staging_0 RENAME COLUMN layout_id TO layout");
  const auto message = envelope({batch_of(1)});
  const auto done = store({message});
  ASSERT_FALSE(done);
  EXPECT_TRUE(is_transient(done.error().fault)) << done.error().text;
  pqxx::nontransaction(connection).exec("ALTER TABLE staging_0 RENAME COLUMN layout TO layout_id");
  ASSERT_TRUE(store({message}));
  EXPECT_EQ(count("staging"), 1);
}

// 20 reports of each of 6 sources, half of them of each lane.
std::vector<mq::Delivery> much() {
  std::vector<mq::Delivery> deliveries;
  std::mt19937_64 random(1);
  std::vector<contracts::Series> series;
  for (int i = 0; i < 500; ++i) series.push_back({"m" + std::to_string(i), {}});
  const auto dictionary = contracts::pack_dictionary(series);
  std::vector<SourceId> sources(6);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    sources[i] = SourceId::make();
    sources[i].value.bytes[14] = static_cast<std::uint8_t>(i);
  }
  for (std::uint64_t seq = 1; seq <= 20; ++seq) {
    std::vector<contracts::Batch> batches;
    for (const auto& source : sources) {
      auto& batch = batches.emplace_back();
      batch.id.source = source;
      batch.id.seq = seq;
      auto& block = batch.blocks.emplace_back();
      block.dictionary = dictionary;
      block.series_count = 500;
      auto& frame = block.frames.emplace_back();
      frame.time_ms = kNow;
      frame.values.push_back(static_cast<double>(seq));
      while (frame.values.size() < 500) frame.values.push_back(static_cast<double>(random()));
    }
    deliveries.push_back(envelope(std::move(batches)));
  }
  return deliveries;
}

// Much at once is stored by several writers: each batch once, each source's in their order.
TEST_F(StoringTest, MuchIsStoredSideBySideAndInOrder) {
  const auto deliveries = much();
  ASSERT_TRUE(store(deliveries));
  ASSERT_TRUE(store(deliveries));
  EXPECT_EQ(count("staging"), 120);
  EXPECT_EQ(count("batch_ledger"), 120);
  EXPECT_EQ(count("(SELECT \"values\"[1] < lag(\"values\"[1]) OVER (PARTITION BY source_id "
                  "ORDER BY row_id) AS wrong FROM staging) o WHERE wrong"),
            0);
}

// The ledger calls them duplicates when they come again.
TEST_F(StoringTest, WhatOneLaneStoresIsCountedThoughAnotherFails) {
  const auto deliveries = much();
  pqxx::connection connection(url_);
  pqxx::nontransaction(connection)
      .exec(
          "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
          "IF get_byte(uuid_send(NEW.uuid), 14) % 2 = 1 THEN "
          "RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END IF; RETURN NEW; END$$; "
          "CREATE TRIGGER refuse BEFORE INSERT ON sources FOR EACH ROW EXECUTE FUNCTION "
          "refuse()");
  const auto counted = [&](const std::string& name) {
    const auto text = metrics_.text();
    const auto key = "\nmonitron_ingest_" + name + " ";
    const auto at = text.find(key);
    return at == std::string::npos ? -1.0 : std::stod(text.substr(at + key.size()));
  };
  ASSERT_FALSE(store(deliveries));
  EXPECT_EQ(counted("stored_batches_total"), 60);
  pqxx::nontransaction(connection).exec("DROP TRIGGER refuse ON sources");
  ASSERT_TRUE(store(deliveries));
  EXPECT_EQ(counted("stored_batches_total"), 120);
  EXPECT_EQ(counted("stored_samples_total"), 60'000);
  EXPECT_EQ(counted("duplicates_total"), 60);
}

}  // namespace
}  // namespace monitron::ingest
