// What senders tell of their metrics, stored with their samples.

#include "fixture.hpp"
#include "series/sample_source.hpp"

namespace monitron::series {
namespace {

using domain::MetricMetadata;
using MetadataList = std::vector<MetricMetadata>;

class MetadataTest : public SeriesTest {
 protected:
  Batch telling(MetadataList metadata) {
    auto batch = batch_of(source_, seq_++, frame_block(series_list(1), kNow, {1}));
    batch.metadata = std::move(metadata);
    return batch;
  }
  MetadataList told(const std::vector<std::string>& names = {}) const {
    SampleSource samples({url_, "metadata test"});
    promql::Budget budget({});
    auto found = samples.metadata(names, budget);
    EXPECT_TRUE(found) << found.error().text;
    return found ? *found : MetadataList{};
  }
  void sql(const std::string& text) {
    read([&](pqxx::work& tx) { return tx.exec(text).size(); });
  }
  int statements_of(Writer& writer, const Batch& batch) {
    const auto before = count("SELECT count(*) FROM changes");
    write(writer, {batch});
    return static_cast<int>(count("SELECT count(*) FROM changes") - before);
  }

  const SourceId source_ = SourceId::make();
  std::uint64_t seq_ = 1;
};

TEST_F(MetadataTest, TheLastThatWasToldIsStored) {
  auto writer = this->writer();
  const MetricMetadata queue{"shop_queue", "gauge", "It's \"long\", {1,2}\\.\nOr NULL", ""};
  const MetricMetadata orders{"shop_orders_total", "counter", "NULL", "orders"};
  write(writer, {telling({{"shop_queue", "unknown", "", ""}, orders}), telling({queue})});
  EXPECT_EQ(told(), (MetadataList{orders, queue}));
  EXPECT_EQ(told({"shop_queue", "nothing"}), MetadataList{queue});
  EXPECT_EQ(told({std::string(1, '\0')}), MetadataList{});
  auto other = this->writer("another writer");
  const MetricMetadata later{"shop_queue", "gauge", "Orders that wait.", ""};
  write(other, {telling({later})});
  EXPECT_EQ(told(), (MetadataList{orders, later}));
}

TEST_F(MetadataTest, WhatIsToldAgainCostsNoStatement) {
  sql("CREATE TABLE changes (n int); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN INSERT INTO public.changes VALUES (1); RETURN NULL; END'; CREATE TRIGGER note AFTER "
      "INSERT ON metric_metadata FOR EACH STATEMENT EXECUTE FUNCTION note()");
  auto writer = this->writer();
  const MetricMetadata one{"a", "gauge", "x", ""};
  EXPECT_EQ(statements_of(writer, telling({one})), 1);
  EXPECT_EQ(statements_of(writer, telling({one})), 0);
  EXPECT_EQ(statements_of(writer, telling({})), 0);
  EXPECT_EQ(statements_of(writer, telling({{"a", "gauge", "y", ""}})), 0) << "within a minute";
  EXPECT_EQ(told(), MetadataList{one});
  EXPECT_EQ(statements_of(writer, telling({one, {"b", "gauge", "", ""}})), 1);
}

TEST_F(MetadataTest, ARollbackTakesItBackUntilItIsToldAgain) {
  auto writer = this->writer();
  const MetricMetadata one{"a", "gauge", "x", ""};
  sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN RAISE ''not now''; END'; CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON "
      "metric_metadata DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()");
  Load load;
  load.batches.push_back(telling({one}));
  EXPECT_FALSE(writer.write(load));
  EXPECT_EQ(told(), MetadataList{});
  sql("DROP TRIGGER refuse ON metric_metadata");
  EXPECT_TRUE(writer.write(load));
  EXPECT_EQ(told(), MetadataList{one});
}

TEST_F(MetadataTest, ItIsBoundedAndForgotten) {
  auto writer = this->writer();
  sql("INSERT INTO metric_metadata SELECT 'm' || i, 'gauge', '', '' FROM "
      "generate_series(1, 20000) i");
  write(writer, {telling({{"more", "gauge", "", ""}, {"m1", "counter", "", ""}})});
  EXPECT_EQ(told({"more", "m1"}), (MetadataList{{"m1", "counter", "", ""}}));
  sql("UPDATE metric_metadata SET told_at = now() - interval '31 days' WHERE name <> 'm1'");
  ASSERT_TRUE(writer.keep_house(from_ms(kNow)));
  EXPECT_EQ(told(), (MetadataList{{"m1", "counter", "", ""}}));
}

TEST_F(MetadataTest, OneLoadStoresABoundedNumberOfThem) {
  auto writer = this->writer();
  std::vector<Batch> load;
  for (int i = 0; i < 20'000; ++i) {
    if (i % 5000 == 0) load.push_back(telling({}));
    load.back().metadata.push_back({"m" + std::to_string(i), "gauge", "", ""});
  }
  write(writer, load);
  EXPECT_EQ(count("SELECT count(*) FROM metric_metadata"), 5000);
}

}  // namespace
}  // namespace monitron::series
