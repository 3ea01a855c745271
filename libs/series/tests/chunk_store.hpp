#pragma once
// Puts staged rows into chunks, in one transaction and without a lease: what a test needs of
// compaction.

#include "contracts/telemetry.hpp"
#include "series/chunk_rows.hpp"
#include "series/partitions.hpp"
#include "series/session.hpp"

#include <gtest/gtest.h>
#include <map>

namespace monitron::series {

class ChunkStore {
 public:
  explicit ChunkStore(const std::string& url) : session_(*Session::open(url, "chunk store")) {}

  // All that is staged now becomes chunks of one part.
  void compact() {
    must(session_.run("BEGIN"));
    const auto part = session_.run("SELECT nextval('chunk_parts')")->number(0, 0);
    for (auto& [source, runs] : staged()) {
      for (auto& [partition, cut] : by_partition(runs)) store(partition, source, cut, part);
    }
    must(session_.run("TRUNCATE staging_0, staging_1, staging_2, staging_3; COMMIT"));
  }

 private:
  using Runs = std::map<std::int32_t, SeriesRun>;

  template <class T>
  static void must(const Result<T>& done) {
    ASSERT_TRUE(done) << done.error().text;
  }

  std::map<std::int32_t, Runs> staged() {
    std::map<std::int32_t, Runs> sources;
    must(session_.copy_out(
        "COPY (SELECT g.source_id, g.time, l.series_ids, g.\"values\" FROM staging g "
        "JOIN layouts l ON l.id = g.layout_id ORDER BY g.time, g.row_id) TO STDOUT (FORMAT "
        "binary)",
        [&](BinaryRow& row) -> Result<void> {
          auto& runs = sources[row.int32()];
          const auto time = row.time_ms();
          std::vector<std::int32_t> ids;
          std::vector<double> values;
          row.int32_array(ids);
          row.float8_array(values);
          for (std::size_t i = 0; i < ids.size(); ++i) {
            if (contracts::is_absent(values[i])) continue;
            auto& run = runs[ids[i]];
            run.series = ids[i];
            run.times_ms.push_back(time);
            run.values.push_back(values[i]);
          }
          return {};
        }));
    return sources;
  }

  std::map<std::string, std::pair<Partition, std::vector<SeriesRun>>> by_partition(
      const Runs& runs) {
    std::map<std::string, std::pair<Partition, std::vector<SeriesRun>>> cut;
    for (const auto& [id, run] : runs) {
      const auto partitions = partitions_for(session_, Tier{}, run.times_ms.front(),
                                             run.times_ms.back(), from_ms(run.times_ms.back()));
      must(partitions);
      for (const auto& partition : *partitions) {
        SeriesRun part{id, {}, {}};
        for (std::size_t i = 0; i < run.times_ms.size(); ++i) {
          if (run.times_ms[i] < partition.lower_ms || run.times_ms[i] >= partition.upper_ms)
            continue;
          part.times_ms.push_back(run.times_ms[i]);
          part.values.push_back(run.values[i]);
        }
        if (part.times_ms.empty()) continue;
        auto& [there, parts] = cut[partition.name];
        there = partition;
        parts.push_back(std::move(part));
      }
    }
    return cut;
  }

  void store(const std::string& name, std::int32_t source,
             std::pair<Partition, std::vector<SeriesRun>>& cut, std::int64_t part) {
    ChunkRows rows({.tier = cut.first.tier, .part = part});
    rows.add(source, cut.second,
             [&] { return session_.run("SELECT nextval('chunk_times_ids')")->number(0, 0); });
    must(session_.copy_in(
        "COPY chunks_" + name + ChunkRows::kChunkColumns + " FROM STDIN (FORMAT binary)",
        rows.finish_chunks()));
    must(session_.copy_in(
        "COPY chunk_times_" + name + ChunkRows::kTimesColumns + " FROM STDIN (FORMAT binary)",
        rows.finish_times()));
  }

  Session session_;
};

}  // namespace monitron::series
