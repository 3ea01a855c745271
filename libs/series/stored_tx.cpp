#include "series/stored_tx.hpp"

#include "base/bytes.hpp"
#include "db/limited.hpp"
#include "series/rolled.hpp"
#include "series/sql_text.hpp"

#include <algorithm>
#include <pqxx/pqxx>
#include <set>

namespace monitron::series {
namespace {

constexpr const char* kMs = "(date_part('epoch', ";

std::string ms_of(const std::string& column) { return kMs + column + ") * 1000)::bigint"; }

std::string raw(const pqxx::field& field) {
  return from_hex(std::string_view(field.c_str()).substr(2)).value_or("");
}

[[noreturn]] void refuse(const Error& error) { throw pqxx::conversion_error(error.text); }

// {1,NULL,3} of numbers.
std::vector<std::int32_t> numbers_of(const char* array) {
  std::vector<std::int32_t> numbers;
  pqxx::array_parser parser(array);
  for (auto [kind, text] = parser.get_next(); kind != pqxx::array_parser::done;
       std::tie(kind, text) = parser.get_next()) {
    if (kind == pqxx::array_parser::string_value) numbers.push_back(std::stoi(text));
  }
  return numbers;
}

std::string ids_of(const SourceSeries& series) {
  std::vector<std::int32_t> ids;
  for (const auto& one : series.series) ids.push_back(one.id);
  return sql_array(ids);
}

std::string staged_rows(const SourceSeries& series, const StoredRange& range) {
  return "FROM staging WHERE source_id = " + std::to_string(series.source) +
         " AND time >= " + sql_time(range.from_ms) + " AND time <= " + sql_time(range.to_ms);
}

// Those of staged rows in the range that have some of the series: a source may have had many more.
LayoutTable layouts_of(pqxx::work& tx, const SourceSeries& series, const StoredRange& range) {
  SourceLayouts layouts;
  for (const auto& row :
       tx.exec("SELECT l.id, l.series_ids FROM layouts l WHERE l.id = ANY (ARRAY(SELECT DISTINCT "
               "layout_id " +
               staged_rows(series, range) +
               ")) AND EXISTS (SELECT FROM unnest(l.series_ids) AS p (id) WHERE p.id = ANY (" +
               ids_of(series) + "))")) {
    layouts[row[0].as<std::int32_t>()] = std::make_shared<const Places>(numbers_of(row[1].c_str()));
  }
  return {{series.source, std::make_shared<const SourceLayouts>(std::move(layouts))}};
}

}  // namespace

std::optional<SourceSeries> find_series(pqxx::work& tx, const Uuid& source,
                                        const SeriesFilter& filter) {
  SourceSeries found;
  for (const auto& row :
       tx.exec_params("SELECT s.id, s.source_id, s.class FROM series s "
                      "WHERE s.source_id = (SELECT id FROM sources WHERE uuid = $1) "
                      "AND ($2 = '' OR s.metric_type = $2) AND ($3 = '' OR s.metric_name = $3) "
                      "AND s.labels @> $4::jsonb ORDER BY s.id",
                      source.str(), filter.metric_type, filter.metric_name, filter.labels)) {
    found.source = row[1].as<std::int32_t>();
    found.series.push_back({row[0].as<std::int32_t>(), found.source, row[2].as<std::int16_t>()});
  }
  if (found.series.empty()) return std::nullopt;
  return found;
}

namespace {

void load(pqxx::work& tx, StoredRuns& runs) {
  const auto rows =
      tx.exec("SELECT id, number, " + ms_of("start") + ", count, times_id, times, data FROM (" +
              runs.statement() + ") AS stored");
  for (const auto& row : rows) {
    StoredRow stored{row[0].as<std::int32_t>(),
                     row[1].as<std::int64_t>(),
                     row[2].as<std::int64_t>(),
                     row[3].as<std::int32_t>(),
                     std::nullopt,
                     std::nullopt,
                     {}};
    if (!row[4].is_null()) stored.times_id = row[4].as<std::int64_t>();
    std::string times;
    if (!row[5].is_null()) {
      times = raw(row[5]);
      stored.times = times;
    }
    const auto data = row[6].is_null() ? std::string() : raw(row[6]);
    stored.data = data;
    if (auto done = runs.add(stored); !done) refuse(done.error());
  }
}

}  // namespace

StoredRuns read_runs(pqxx::work& tx, const SourceSeries& series, const StoredRange& range) {
  StoredRuns runs(series.series, range, layouts_of(tx, series, range), UnknownLayouts::left_out);
  load(tx, runs);
  return runs;
}

namespace {

// Whoever rewrites or drops partitions waits, or gives up for now.
void hold_partitions(pqxx::work& tx, int retention_class) {
  std::set<int> tiers;
  for (const auto& row :
       tx.exec("SELECT tier FROM generate_series(0, 2) AS r (n), LATERAL (SELECT " +
               std::to_string(4 * retention_class) +
               " + n AS tier) AS t WHERE to_regclass('chunk_times_t' || tier) IS NOT NULL")) {
    tiers.insert(row[0].as<int>());
  }
  if (tiers.empty()) return;
  // Of all instances at once, and nothing is told of it.
  db::as_owner(tx, [&] { return tx.exec(sql_share_tiers(tiers)); });
}

}  // namespace

// One statement: what is staged now and in chunks then would be seen in neither.
ReadPlan plan_reading(pqxx::work& tx, const SourceSeries& series, const StoredRange& range,
                      std::optional<Resolution> by) {
  const auto retention_class = series.series.front().retention_class;
  hold_partitions(tx, retention_class);
  std::vector<ListedPartition> listed;
  for (const auto& row : tx.exec(
           "SELECT tier, " + ms_of("lower") + ", " + ms_of("upper") +
           ", tier % 4 = 0 AND upper - lower = interval '1 day' AND loose = 0 "
           "AND rewritten_at IS NOT NULL "
           // Nor are there damaged chunks.
           "AND NOT EXISTS (SELECT FROM chunk_partitions AS five WHERE five.tier = p.tier + 1 "
           "AND five.lower = p.lower AND five.loose > 0) "
           "AND NOT EXISTS (SELECT FROM staging AS s "
           "WHERE s.source_id = " +
           std::to_string(series.source) +
           " AND s.time >= lower AND s.time < upper) FROM chunk_partitions AS p WHERE tier / 4 = " +
           std::to_string(retention_class) + " AND lower <= " + sql_time(range.to_ms) +
           " AND upper > " + sql_time(range.from_ms) + " AND " + kStandAlone)) {
    listed.push_back({{row[0].as<int>(), row[1].as<std::int64_t>(), row[2].as<std::int64_t>(), ""},
                      row[3].as<bool>()});
  }
  return plan_reading(listed, range, by);
}

StoredRuns read_rollups(pqxx::work& tx, const SourceSeries& series, const RolledRange& rolled) {
  StoredRuns runs(series.series, rolled.range, rolled.resolution);
  load(tx, runs);
  return runs;
}

std::vector<Bucket> decode_buckets(StoredRuns& rollups, std::size_t at) {
  std::vector<Bucket> buckets;
  if (auto done = rollups.decode_rollups(at, buckets); !done) refuse(done.error());
  return buckets;
}

SeriesRun decode_run(StoredRuns& runs, std::size_t at) {
  Samples samples;
  if (auto done = runs.decode(at, samples); !done) refuse(done.error());
  return {runs.wanted(at).id, std::move(samples.times_ms), std::move(samples.values)};
}

namespace {

struct Piece {
  std::int64_t start_ms = 0;
  std::int64_t finish_ms = 0;
  double count = 0;
};

std::set<int> tiers_of(const SourceSeries& series) {
  std::set<int> tiers;
  for (const auto& one : series.series) tiers.insert(4 * one.retention_class);
  return tiers;
}

// A table of the ring that was just emptied has no statistics yet; without them the planner would
// rather read all of a source and sort it than take the newest from the index. The price that this
// puts on sorting would start the compiler for nothing.
void begin_newest(pqxx::work& tx, const SourceSeries& series, const StoredRange& range) {
  tx.exec("SET LOCAL enable_sort = off; SET LOCAL jit = off");
  tx.exec("DECLARE newest NO SCROLL CURSOR FOR SELECT " + ms_of("time") + ", layout_id " +
          staged_rows(series, range) + " ORDER BY time DESC, row_id DESC");
  tx.exec("RESET enable_sort");
}

using PlaceCounts = std::map<std::int32_t, double>;  // of these series, by layout

void count_places(pqxx::work& tx, const SourceSeries& series, const pqxx::result& rows,
                  PlaceCounts& places) {
  std::vector<std::int32_t> unknown;
  for (const auto& row : rows) {
    const auto layout = row[1].as<std::int32_t>();
    if (places.emplace(layout, 0).second) unknown.push_back(layout);
  }
  if (unknown.empty()) return;
  for (const auto& row : tx.exec(
           "SELECT l.id, (SELECT count(*) FROM unnest(l.series_ids) AS p (id) WHERE p.id = "
           "ANY (" +
           ids_of(series) + ")) FROM layouts l WHERE l.id = ANY (" + sql_array(unknown) + ")")) {
    places[row[0].as<std::int32_t>()] = row[1].as<double>();
  }
}

// The newest, until they have so many.
void add_staged(pqxx::work& tx, const SourceSeries& series, const StoredRange& range,
                std::size_t count, std::vector<Piece>& pieces) {
  constexpr double kFewest = 16, kMost = 1024;
  begin_newest(tx, series, range);
  PlaceCounts places;
  for (auto missing = static_cast<double>(count); missing > 0;) {
    const auto wanted = static_cast<int>(std::clamp(missing, kFewest, kMost));
    const auto rows = tx.exec("FETCH " + std::to_string(wanted) + " FROM newest");
    count_places(tx, series, rows, places);
    for (const auto& row : rows) {
      const auto time = row[0].as<std::int64_t>();
      const auto found = places.at(row[1].as<std::int32_t>());
      if (found > 0) pieces.push_back({time, time, found});
      missing -= found;
    }
    if (rows.size() < static_cast<std::size_t>(wanted)) break;
  }
  tx.exec("CLOSE newest");
}

// Borders of the raw partitions in the range, newest first.
std::vector<StoredRange> partitions_of(pqxx::work& tx, const SourceSeries& series,
                                       const StoredRange& range) {
  std::vector<StoredRange> partitions;
  for (const auto& row :
       tx.exec("SELECT DISTINCT " + ms_of("lower") + ", " + ms_of("upper") +
               " FROM chunk_partitions WHERE tier IN (" + sql_numbers(tiers_of(series)) +
               ") AND lower <= " + sql_time(range.to_ms) + " AND upper > " +
               sql_time(range.from_ms) + " ORDER BY 1 DESC")) {
    partitions.push_back({row[0].as<std::int64_t>(), row[1].as<std::int64_t>() - 1});
  }
  return partitions;
}

void add_chunks(pqxx::work& tx, const SourceSeries& series, const StoredRange& partition,
                const StoredRange& range, std::vector<Piece>& pieces) {
  for (const auto& row :
       tx.exec("SELECT " + ms_of("start") + ", " + ms_of("finish") +
               ", count FROM chunks WHERE tier IN (" + sql_numbers(tiers_of(series)) +
               ") AND series_id = ANY (" + ids_of(series) +
               ") AND start >= " + sql_time(partition.from_ms) +
               " AND start <= " + sql_time(std::min(partition.to_ms, range.to_ms)) +
               " AND finish >= " + sql_time(range.from_ms))) {
    pieces.push_back({row[0].as<std::int64_t>(), row[1].as<std::int64_t>(), row[2].as<double>()});
  }
}

// As if the samples of a piece were spread evenly over its time.
double count_from(const std::vector<Piece>& pieces, std::int64_t from_ms, std::int64_t to_ms) {
  double count = 0;
  for (const auto& piece : pieces) {
    const auto length = static_cast<double>(piece.finish_ms - piece.start_ms + 1);
    const auto begin = std::max(piece.start_ms, from_ms);
    const auto end = std::min(piece.finish_ms, to_ms);
    if (end >= begin) count += piece.count * static_cast<double>(end - begin + 1) / length;
  }
  return count;
}

// The latest time from which on there are so many.
std::int64_t latest_from(const std::vector<Piece>& pieces, const StoredRange& range, double count) {
  auto low = range.from_ms, high = range.to_ms;
  while (low < high) {
    const auto middle = low + (high - low + 1) / 2;
    if (count_from(pieces, middle, range.to_ms) >= count) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

}  // namespace

std::int64_t newest_from(pqxx::work& tx, const SourceSeries& series, const StoredRange& range,
                         std::size_t count) {
  std::vector<Piece> pieces;
  add_staged(tx, series, range, count, pieces);
  const auto wanted = static_cast<double>(count);
  auto at = range.from_ms;
  const auto enough = [&] { return count_from(pieces, at, range.to_ms) >= wanted; };
  if (enough()) return latest_from(pieces, range, wanted);
  const auto partitions = partitions_of(tx, series, range);
  std::size_t next = 0;
  for (std::size_t step = 1; next < partitions.size(); step *= 2) {
    for (const auto end = std::min(next + step, partitions.size()); next < end; ++next) {
      add_chunks(tx, series, partitions[next], range, pieces);
      at = std::max(partitions[next].from_ms, range.from_ms);
    }
    if (enough()) return latest_from(pieces, {at, range.to_ms}, wanted);
  }
  return range.from_ms;
}

}  // namespace monitron::series
