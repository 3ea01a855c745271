#pragma once
// Chunks without ingest: samples are put into partitions as the compactor does it, and all that is
// stored is read back, in the order of storing where times are equal.

#include "db/migrations.hpp"
#include "series/chunk_reader.hpp"
#include "series/chunk_rows.hpp"
#include "series/fence.hpp"
#include "series/partitions.hpp"
#include "series/rollups.hpp"
#include "series/session.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <algorithm>
#include <bit>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <tuple>

namespace monitron::series {

inline constexpr std::int64_t kDay = 1'699'920'000'000;  // 2023-11-14T00:00:00Z
inline constexpr const char* kLease = "ingest.compactor";

using Stored = std::map<std::int32_t, Samples>;  // by series

inline std::vector<std::uint64_t> bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> out;
  for (const double value : values) out.push_back(std::bit_cast<std::uint64_t>(value));
  return out;
}

class ChunkWorld : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    url_ = testkit::fresh_database();
    testkit::set_strange_defaults(url_);
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    sql("INSERT INTO leases VALUES ('ingest.compactor', 'me', 7, now() + interval '1 hour')");
  }

  Session session(const std::string& name = "chunk world") const {
    auto opened = Session::open(url_, name);
    EXPECT_TRUE(opened) << opened.error().text;
    return std::move(*opened);
  }
  static void run(Session& session, const std::string& sql) {
    const auto done = session.run(sql.c_str());
    ASSERT_TRUE(done) << done.error().text;
  }
  void sql(const std::string& text) {
    auto db = session();
    run(db, text);
  }

  std::int64_t count(const std::string& query) const {
    auto db = session();
    const auto rows = db.run(query.c_str());
    EXPECT_TRUE(rows) << rows.error().text;
    return rows ? rows->number(0, 0) : -1;
  }

  // Series with numbers from..to of a new source, of a retention class.
  void list_series(std::int32_t from, std::int32_t to, int retention_class = 0) {
    sql("WITH s AS (INSERT INTO sources (uuid) VALUES (gen_random_uuid()) RETURNING id) "
        "INSERT INTO series (id, source_id, hash, name, labels, metric_type, metric_name, class) "
        "OVERRIDING SYSTEM VALUE SELECT n, s.id, sha256(n::text::bytea), 'm' || n, '{}', 'cpu', "
        "'m', " +
        std::to_string(retention_class) + " FROM s, generate_series(" + std::to_string(from) +
        ", " + std::to_string(to) + ") n");
  }

  // One transaction of the compactor.
  void add(const Stored& samples, std::int64_t now_ms, int retention_class = 0) {
    auto db = session();
    run(db, "BEGIN");
    add(db, samples, now_ms, retention_class);
    run(db, "COMMIT");
  }
  void add(Session& db, const Stored& samples, std::int64_t now_ms, int retention_class = 0) {
    const Tier tier{retention_class, Resolution::raw};
    auto part = next_part(db);
    ASSERT_TRUE(part) << part.error().text;
    std::map<std::string, std::pair<Partition, std::vector<SeriesRun>>> divided;
    for (const auto& [series, all] : samples) divide(db, tier, series, all, now_ms, divided);
    for (auto& [name, one] : divided) copy(db, *part, one.first, one.second, now_ms);
  }

  Stored stored(const std::string& where = "tier % 4 = 0") const {
    auto db = session();
    return stored_by(db, where);
  }
  static Stored stored_by(Session& db, const std::string& where) {
    std::map<std::int64_t, std::vector<std::int64_t>> shared;
    auto done = db.copy_out("COPY (SELECT id, times FROM chunk_times) TO STDOUT (FORMAT binary)",
                            [&](BinaryRow& row) -> Result<void> {
                              auto& times = shared[row.int64()];
                              if (!decode_times(row.bytes().value_or(""), times)) times.clear();
                              return {};
                            });
    EXPECT_TRUE(done) << done.error().text;
    std::map<std::int32_t, std::vector<std::tuple<std::int64_t, std::int64_t, double>>> all;
    done = db.copy_out(
        "COPY (SELECT series_id, part, count, coalesce(times_id, 0), times, data FROM chunks "
        "WHERE " +
            where + " ORDER BY series_id, part, start) TO STDOUT (FORMAT binary)",
        [&](BinaryRow& row) -> Result<void> {
          const auto series = row.int32();
          const auto part = row.int64();
          StoredChunk chunk;
          chunk.count = static_cast<std::size_t>(row.int32());
          const auto id = row.int64();
          chunk.shared = id != 0;
          chunk.times = row.bytes();
          chunk.data = row.bytes().value_or("");
          Samples samples;
          auto decoded = decode_chunk(chunk, shared[id], samples);
          for (std::size_t i = 0; i < samples.times_ms.size(); ++i) {
            all[series].emplace_back(samples.times_ms[i], part, samples.values[i]);
          }
          return decoded;
        });
    EXPECT_TRUE(done) << done.error().text;
    Stored out;
    for (auto& [series, list] : all) {
      std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
        return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
      });
      for (const auto& [time, part, value] : list) {
        out[series].times_ms.push_back(time);
        out[series].values.push_back(value);
      }
    }
    return out;
  }

  // Buckets of a resolution, by series.
  std::map<std::int32_t, std::vector<Bucket>> rolled(int tier) {
    auto db = session();
    std::map<std::int64_t, std::vector<std::int64_t>> shared;
    const auto of_tier = " WHERE tier = " + std::to_string(tier);
    auto done = db.copy_out(
        "COPY (SELECT id, times FROM chunk_times" + of_tier + ") TO STDOUT (FORMAT binary)",
        [&](BinaryRow& row) {
          auto& times = shared[row.int64()];
          return decode_times(row.bytes().value_or(""), times);
        });
    EXPECT_TRUE(done) << done.error().text;
    std::map<std::int32_t, std::vector<Bucket>> out;
    done = db.copy_out("COPY (SELECT series_id, coalesce(times_id, 0), times, data FROM chunks" +
                           of_tier + " ORDER BY series_id, start) TO STDOUT (FORMAT binary)",
                       [&](BinaryRow& row) -> Result<void> {
                         auto& buckets = out[row.int32()];
                         std::vector<std::int64_t> times = shared[row.int64()];
                         if (const auto own = row.bytes()) {
                           if (auto read = decode_times(*own, times); !read) return read;
                         }
                         return decode_rollup(times, row.bytes().value_or(""), buckets);
                       });
    EXPECT_TRUE(done) << done.error().text;
    return out;
  }

  static void expect_same(const Stored& got, const Stored& wanted) {
    ASSERT_EQ(got.size(), wanted.size());
    for (const auto& [series, samples] : wanted) {
      const auto found = got.find(series);
      ASSERT_NE(found, got.end()) << series;
      EXPECT_EQ(found->second.times_ms, samples.times_ms) << series;
      EXPECT_EQ(bits(found->second.values), bits(samples.values)) << series;
    }
  }

  std::string url_;
  const Fence fence_{kLease, 7};

 private:
  static void divide(Session& db, const Tier& tier, std::int32_t series, const Samples& all,
                     std::int64_t now_ms,
                     std::map<std::string, std::pair<Partition, std::vector<SeriesRun>>>& out) {
    std::optional<Partition> last;
    for (std::size_t i = 0; i < all.times_ms.size(); ++i) {
      const auto time = all.times_ms[i];
      if (!last || time >= last->upper_ms || time < last->lower_ms) {
        auto found = partitions_for(db, tier, time, time, from_ms(now_ms));
        ASSERT_TRUE(found) << found.error().text;
        last = found->front();
        out[last->name].first = *last;
        out[last->name].second.push_back({series, {}, {}});
      }
      auto& run = out[last->name].second.back();
      run.times_ms.push_back(time);
      run.values.push_back(all.values[i]);
    }
  }
  static std::map<std::int32_t, std::vector<SeriesRun>> by_source(Session& db,
                                                                  std::vector<SeriesRun>& runs) {
    std::map<std::int32_t, std::int32_t> sources;
    const auto listed = db.run("SELECT id, source_id FROM series");
    for (std::size_t i = 0; i < listed->size(); ++i) {
      sources[static_cast<std::int32_t>(listed->number(i, 0))] =
          static_cast<std::int32_t>(listed->number(i, 1));
    }
    std::map<std::int32_t, std::vector<SeriesRun>> out;
    for (auto& run : runs) out[sources.at(run.series)].push_back(std::move(run));
    return out;
  }
  static void copy(Session& db, std::int64_t part, const Partition& partition,
                   std::vector<SeriesRun>& runs, std::int64_t now_ms) {
    ChunkRows rows({.tier = partition.tier, .part = part});
    auto ids = db.run("SELECT nextval('chunk_times_ids') * 1000000");
    auto next = ids->number(0, 0);
    for (auto& [source, own] : by_source(db, runs)) rows.add(source, own, [&] { return ++next; });
    auto done = db.copy_in("COPY " + partition.times() + " " + ChunkRows::kTimesColumns +
                               " FROM STDIN (FORMAT binary)",
                           rows.finish_times());
    ASSERT_TRUE(done) << done.error().text;
    done = db.copy_in("COPY " + partition.chunks() + " " + ChunkRows::kChunkColumns +
                          " FROM STDIN (FORMAT binary)",
                      rows.finish_chunks());
    ASSERT_TRUE(done) << done.error().text;
    done = note_added(db, partition, db.copied(), from_ms(now_ms));
    ASSERT_TRUE(done) << done.error().text;
  }
};

}  // namespace monitron::series
