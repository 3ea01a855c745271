#pragma once
// What is stored of one source, read inside a transaction of db::Pool: each statement by itself
// sees every sample once. Private to this room.

#include "base/ids.hpp"
#include "series/rolled.hpp"

#include <pqxx/transaction>

namespace monitron::series {

// The series of one source that a query is about.
struct SourceSeries {
  std::int32_t source = 0;
  std::vector<WantedSeries> series{};
};

struct SeriesFilter {
  std::string metric_type{};  // empty: any
  std::string metric_name{};
  std::string labels = "{}";  // a JSON object: what the series must have
};
// Nothing when there is no such series.
std::optional<SourceSeries> find_series(pqxx::work& tx, const Uuid& source,
                                        const SeriesFilter& filter);

StoredRuns read_runs(pqxx::work& tx, const SourceSeries& series, const StoredRange& range);
// `series` are of one retention class. Until the transaction ends no partition is put in the place
// of those that the plan is about.
ReadPlan plan_reading(pqxx::work& tx, const SourceSeries& series, const StoredRange& range,
                      std::optional<Resolution> by);
StoredRuns read_rollups(pqxx::work& tx, const SourceSeries& series, const RolledRange& rolled);
// All of one of them. Throws, as libpqxx does, when what is stored cannot be read.
SeriesRun decode_run(StoredRuns& runs, std::size_t at);
// The same of rollups, by time.
std::vector<Bucket> decode_buckets(StoredRuns& rollups, std::size_t at);

// So that the newest `count` samples, or a few more, are in [from, range.to]; range.from when there
// are not so many. An estimate: rows that have no value of these series count as if they had.
std::int64_t newest_from(pqxx::work& tx, const SourceSeries& series, const StoredRange& range,
                         std::size_t count);

}  // namespace monitron::series
