// What the views of monitron_v1 show, beside what the API shows.

#include "base/bytes.hpp"
#include "chunk_store.hpp"
#include "fixture.hpp"
#include "series/rollup_rows.hpp"
#include "series/sample_source.hpp"

#include <random>

namespace monitron::series {
namespace {

class ViewsTest : public SeriesTest {
 protected:
  void sql(const std::string& text) {
    read([&](pqxx::work& tx) { return tx.exec(text).size(); });
  }
  std::string one(const std::string& text) {
    return read([&](pqxx::work& tx) { return std::string(tx.exec1(text)[0].c_str()); });
  }
  // time, series, value: NaN is NaN, whatever its bits.
  std::multiset<std::string> of_the_api(const SourceId& source) {
    std::multiset<std::string> lines;
    for (const auto& sample : all(source, 100'000).items) {
      const auto bits = std::bit_cast<std::uint64_t>(sample.value);
      lines.insert(std::to_string(sample.position.time_ms) + " " + std::to_string(sample.series) +
                   " " + (std::isnan(sample.value) ? "NaN" : to_hex(raw(bits))));
    }
    return lines;
  }
  static std::string raw(std::uint64_t bits) {
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(bits >> shift);
    return bytes;
  }
  std::multiset<std::string> of_the_view() {
    return read([&](pqxx::work& tx) {
      std::multiset<std::string> lines;
      for (const auto& row :
           tx.exec("SELECT (extract(epoch FROM time) * 1000)::bigint, series_id, "
                   "CASE WHEN value = 'NaN' THEN 'NaN' ELSE encode(float8send(value), 'hex') END, "
                   "started <= time AND started >= date_trunc('day', time, 'UTC') "
                   "FROM monitron_v1.samples")) {
        lines.insert(std::string(row[0].c_str()) + " " + row[1].c_str() + " " + row[2].c_str());
        EXPECT_TRUE(row[3].as<bool>());
      }
      return lines;
    });
  }
  void store_mixed(series::Writer& writer) {
    std::mt19937 random(3);
    const double stale = std::bit_cast<double>(promql::kStaleBits);
    const double specials[] = {std::nan(""), stale, -0.0, -1 / 0.0, 1.0 / 3, 5e-324, -1e308};
    for (std::uint64_t i = 0; i < 60; ++i, ++seq_) {
      std::vector<double> values;
      for (int n = 0; n < 8; ++n) {
        const auto dice = random() % 10;
        values.push_back(dice == 0   ? contracts::kAbsent
                         : dice == 1 ? specials[random() % 7]
                                     : static_cast<double>(random() % 100'000) / 100);
      }
      // Some late, some twice.
      const auto time = kNow + static_cast<std::int64_t>(random() % 50) * 60'000;
      write(writer, {batch_of(source_, seq_, frame_block(series_list(8), time, values))});
    }
  }
  std::uint64_t seq_ = 1;
};

TEST_F(ViewsTest, SamplesAreThoseOfTheApiOneByOne) {
  auto writer = this->writer();
  ChunkStore chunks(url_);
  for (int part = 0; part < 3; ++part) {
    store_mixed(writer);
    const auto api = of_the_api(source_);
    EXPECT_GT(api.size(), 400u);
    EXPECT_EQ(of_the_view(), api);
    if (part < 2) chunks.compact();
  }
  EXPECT_GT(count("SELECT count(*) FROM staging"), 0);
  EXPECT_GT(count("SELECT count(*) FROM chunks"), 0);
}

TEST_F(ViewsTest, MetricsAndServersHaveTheColumnsOfTheEarlierTool) {
  auto writer = this->writer();
  sql("INSERT INTO instances (id, name, hostname, ip_address, kind, os, labels, agent_version) "
      "VALUES ('" +
      source_.str() +
      "', 'w', 'web1', '10.0.0.1', 'server', 'Debian', '{\"env\": \"prod\"}', '1.2')");
  sql("INSERT INTO instance_activity VALUES ('" + source_.str() + "', now())");
  write(writer, {batch_of(source_, 1, frame_block({{"node_load1", {{"a", "b"}}}}, kNow, {1.5}))});
  EXPECT_EQ(
      one("SELECT concat_ws(' ', server_id, metric_type, metric_name, value, labels, "
          "extract(epoch FROM timestamp)::bigint, length(id::text)) FROM monitron_v1.metrics"),
      source_.str() + " cpu node_load1 1.5 {\"a\": \"b\"} " + std::to_string(kNow / 1000) + " 36");
  EXPECT_EQ(one("SELECT concat_ws(' ', id, hostname, ip_address, os, labels, agent_version, "
                "last_seen > now() - interval '1 min', created_at = updated_at) "
                "FROM monitron_v1.servers"),
            source_.str() + " web1 10.0.0.1 Debian {\"env\": \"prod\"} 1.2 t t");
}

// names, order and types.
TEST_F(ViewsTest, MetricsHaveTheTypesThatWerePromised) {
  EXPECT_EQ(
      one("SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position) "
          "FROM information_schema.columns WHERE table_schema = 'monitron_v1' "
          "AND table_name = 'metrics'"),
      "id uuid, server_id uuid, metric_type text, metric_name text, value double precision, "
      "labels jsonb, timestamp timestamp with time zone, started timestamp with time zone");
}

TEST_F(ViewsTest, SeriesHaveTheLabelsThatPromqlSees) {
  auto writer = this->writer();
  const auto check = SourceId::make(), gone = SourceId::make();
  sql("INSERT INTO instances (id, name, hostname, kind, labels) VALUES ('" + source_.str() +
      "', 'w', 'web1', 'server', '{\"env\": \"prod\", \"9 lives-\": \"x\", \"__a\": \"b\"}')");
  sql("INSERT INTO checks (id, name, instance_id, kind, target, interval_seconds, "
      "timeout_seconds, labels, failures_before_down, successes_before_up) VALUES ('" +
      check.str() + "', 'c', '" + source_.str() + "', 'http', 'http://x/', 60, 10, '{}', 1, 1)");
  std::uint64_t seq = 1;
  for (const auto& source : {source_, check, gone, SourceId{}}) {
    write(writer,
          {batch_of(source, seq++,
                    frame_block(
                        {{"m", {}}, {"m", {{"env", "own"}, {"instance", "i"}, {"server_id", "s"}}}},
                        kNow, {1, 2}))});
  }
  std::set<std::string> seen;
  SampleSource samples({url_, "views test"});
  promql::Budget budget{promql::Limits{}};
  ASSERT_TRUE(
      samples.select({{*promql::Matcher::make(promql::MatchKind::equal, "__name__", "m")}, 0, kNow},
                     budget, [&](const promql::Labels& labels, auto) -> Result<void> {
                       std::string text;
                       for (const auto& [name, value] : labels.pairs()) {
                         text += name + "=" + value + ";";
                       }
                       seen.insert(text);
                       return {};
                     }));
  const auto views = read([&](pqxx::work& tx) {
    std::set<std::string> lines;
    for (const auto& row : tx.exec(
             "SELECT string_agg(key || '=' || value || ';', '' ORDER BY key COLLATE \"C\") "
             "FROM monitron_v1.series, jsonb_each_text(labels || jsonb_build_object('__name__', "
             "name)) GROUP BY series_id")) {
      lines.insert(row[0].c_str());
    }
    return lines;
  });
  EXPECT_EQ(seen.size(), 8u);
  EXPECT_EQ(views, seen);
}

TEST_F(ViewsTest, RollupsAreWhatTheyWereMadeOf) {
  auto writer = this->writer();
  write(writer, {batch_of(source_, 1, frame_block(series_list(1), kNow, {1}))});
  const auto id = static_cast<std::int32_t>(count("SELECT id FROM series"));
  const auto source = static_cast<std::int32_t>(count("SELECT id FROM sources"));
  auto session = *Session::open(url_, "views test");
  std::vector<std::int64_t> times;
  std::vector<double> values;
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    times.push_back(kNow + i * 20'000LL);
    values.push_back(i % 90 == 3   ? std::nan("")
                     : i % 70 == 0 ? 0.1 + static_cast<double>(random() % 9)
                                   : static_cast<double>(random() % 1000) / 10);
  }
  const auto tier = Tier{0, Resolution::five_minutes};
  const auto buckets = roll_up(times, values, 300'000);
  ASSERT_TRUE(session.run("BEGIN"));
  const auto partitions =
      partitions_for(session, tier, times.front(), times.back(), from_ms(times.back()));
  ASSERT_TRUE(partitions);
  ASSERT_EQ(partitions->size(), 1u);
  RollupRows rows(tier.number(), 1);
  rows.add(source, {{id, buckets}}, [] { return 1; });
  ASSERT_TRUE(session.copy_in("COPY " + partitions->front().chunks() + ChunkRows::kChunkColumns +
                                  " FROM STDIN (FORMAT binary)",
                              rows.finish_chunks()));
  ASSERT_TRUE(session.run("COMMIT"));
  const auto shown = read([&](pqxx::work& tx) {
    return tx.exec(
        "SELECT resolution, extract(epoch FROM time)::bigint * 1000 AS time, count, min, "
        "max, sum, first, last, (extract(epoch FROM first_time) * 1000)::bigint AS a, "
        "(extract(epoch FROM last_time) * 1000)::bigint AS b, increase "
        "FROM monitron_v1.rollups ORDER BY time");
  });
  ASSERT_EQ(static_cast<std::size_t>(shown.size()), buckets.size());
  for (int i = 0; i < static_cast<int>(shown.size()); ++i) {
    const auto& bucket = buckets[static_cast<std::size_t>(i)];
    const auto row = shown[i];
    const auto same = [&](const char* column, double value) {
      const auto stored = row[column].as<double>();
      EXPECT_TRUE(stored == value || (std::isnan(stored) && std::isnan(value)))
          << column << " " << i << ": " << stored << " " << value;
    };
    EXPECT_EQ(row["time"].as<std::int64_t>(), bucket_start(bucket.first_ms, 300'000));
    EXPECT_EQ(row["a"].as<std::int64_t>(), bucket.first_ms);
    EXPECT_EQ(row["b"].as<std::int64_t>(), bucket.last_ms);
    EXPECT_EQ(row["count"].as<std::uint32_t>(), bucket.count);
    same("min", bucket.min);
    same("max", bucket.max);
    same("sum", bucket.sum);
    same("first", bucket.first);
    same("last", bucket.last);
    same("increase", bucket.last - bucket.first + bucket.correction);
  }
}

TEST_F(ViewsTest, AReaderSeesTheViewsAndNothingElse) {
  const auto as_reader = [&](const std::string& text) {
    return pool_->transact([&](pqxx::work& tx) {
      tx.exec("SET LOCAL ROLE monitron_reader");
      tx.exec(text);
    });
  };
  auto writer = this->writer();
  write(writer, {batch_of(source_, 1, frame_block(series_list(2), kNow, {1, 2}))});
  ChunkStore(url_).compact();
  for (const std::string view : {"samples", "series", "rollups", "metrics", "servers"}) {
    const auto read = as_reader("SELECT * FROM monitron_v1." + view);
    EXPECT_TRUE(read) << view << ": " << read.error().text;
  }
  for (const std::string view : {"samples", "rollups", "metrics"}) {
    const auto read =
        as_reader("SELECT * FROM monitron_v1." + view + "_between('-infinity', 'infinity')");
    EXPECT_TRUE(read) << view << ": " << read.error().text;
  }
  for (const std::string table : {"chunks", "staging_0", "users", "series"}) {
    EXPECT_FALSE(as_reader("SELECT * FROM public." + table)) << table;
  }
  EXPECT_FALSE(as_reader("DELETE FROM monitron_v1.servers"));
}

}  // namespace
}  // namespace monitron::series
