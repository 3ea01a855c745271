#include "series/reader.hpp"

#include "base/text.hpp"

#include <bit>
#include <charconv>
#include <pqxx/pqxx>
#include <set>

namespace monitron::series {
namespace {

// What a query is about, in PostgreSQL's numbers. Asked for first, so that the large query is
// planned with values that are known.
struct Selection {
  std::int32_t source = 0;
  std::string series;   // as int[]
  std::string layouts;  // those that have one of `series`
};

std::optional<Selection> select(pqxx::work& tx, const Uuid& source, const std::string& metric_type,
                                const std::string& metric_name, const std::string& labels = "{}") {
  const auto rows = tx.exec_params(
      "SELECT o.id, (SELECT array_agg(s.id) FROM series s WHERE s.source_id = o.id "
      "AND ($2 = '' OR s.metric_type = $2) AND ($3 = '' OR s.metric_name = $3) "
      "AND s.labels @> $4::jsonb) AS series FROM sources o WHERE o.uuid = $1",
      source.str(), metric_type, metric_name, labels);
  if (rows.empty() || rows[0]["series"].is_null()) return std::nullopt;
  Selection selection{rows[0]["id"].as<std::int32_t>(), rows[0]["series"].c_str(), {}};
  const auto layouts = tx.exec_params1(
      "SELECT array_agg(l.id) FROM layouts l WHERE l.source_id = $1 "
      "AND EXISTS (SELECT FROM unnest(l.series_ids) AS p (id) WHERE p.id = ANY ($2::int[]))",
      selection.source, selection.series);
  if (layouts[0].is_null()) return std::nullopt;
  selection.layouts = layouts[0].c_str();
  return selection;
}

// Rows of a time range with the places of the series that are asked for: $1 source, $2 series,
// $3 layouts, $4 from, $5 to. The places are found once per layout, not once per row.
constexpr const char* kRange =
    "WITH wanted AS MATERIALIZED ("
    "SELECT l.id AS layout_id, array_agg(p.place::int) AS places, array_agg(p.id) AS ids "
    "FROM layouts l CROSS JOIN LATERAL unnest(l.series_ids) WITH ORDINALITY AS p (id, place) "
    "WHERE l.id = ANY ($3::int[]) AND p.id = ANY ($2::int[]) GROUP BY l.id), "
    "g AS NOT MATERIALIZED (SELECT s.time, s.row_id, s.\"values\", w.places, w.ids "
    "FROM staging s JOIN wanted w USING (layout_id) WHERE s.source_id = $1 "
    "AND s.time >= to_timestamp($4::bigint / 1000.0) "
    "AND s.time < to_timestamp($5::bigint / 1000.0)) ";

constexpr const char* kMicroseconds = "(extract(epoch FROM g.time) * 1000000)::bigint";

std::optional<std::int64_t> ms_or_null(const std::optional<Instant>& time) {
  if (!time) return std::nullopt;
  return to_ms(*time);
}

Instant time_of(std::int64_t microseconds) { return from_ms(microseconds / 1000); }

// A value by its bits (float8send, as \x…): as text every NaN is the same, and the one that marks
// a series as ended must stay apart.
double value_of(const pqxx::field& field) {
  const std::string_view text = field.c_str();
  std::uint64_t bits = 0;
  std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
  return std::bit_cast<double>(bits);
}

SeriesInfo info_of(const pqxx::row& row) {
  return {row["id"].as<std::int32_t>(), row["metric_type"].c_str(), row["metric_name"].c_str(),
          row["labels"].c_str()};
}

template <class Items>
std::map<std::int32_t, SeriesInfo> infos_of(pqxx::work& tx, const Items& items) {
  std::set<std::int32_t> ids;
  for (const auto& item : items) ids.insert(item.series);
  std::string list;
  for (const auto id : ids) list += (list.empty() ? "" : ",") + std::to_string(id);
  std::map<std::int32_t, SeriesInfo> infos;
  if (ids.empty()) return infos;
  for (const auto& row : tx.exec_params("SELECT id, metric_type, metric_name, labels FROM series "
                                        "WHERE id = ANY (string_to_array($1, ',')::int[])",
                                        list)) {
    auto info = info_of(row);
    infos.emplace(info.id, std::move(info));
  }
  return infos;
}

const char* sql_of(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::avg:
      return "avg";
    case Aggregate::min:
      return "min";
    case Aggregate::max:
      return "max";
    case Aggregate::sum:
      return "sum";
    case Aggregate::count:
      return "count";
  }
  return "avg";
}

}  // namespace

// A table of the ring that was just emptied has no statistics yet; without them the planner would
// rather read all of a source and sort it than take the newest from the index. The price that this
// puts on sorting would start the compiler for nothing.
void read_in_index_order(pqxx::work& tx) {
  tx.exec("SET LOCAL enable_sort = off; SET LOCAL jit = off");
}

std::string Position::str() const {
  return std::to_string(time_us) + " " + std::to_string(row) + " " + std::to_string(place);
}

std::optional<Position> Position::parse(const std::string& text) {
  const auto parts = split_list(text, ' ');
  if (parts.size() != 3) return std::nullopt;
  const auto time = parse_number<std::int64_t>(parts[0]);
  const auto row = parse_number<std::int64_t>(parts[1]);
  const auto place = parse_number<int>(parts[2]);
  if (!time || !row || !place) return std::nullopt;
  return Position{*time, *row, *place};
}

std::optional<Aggregate> parse_aggregate(std::string_view text) {
  for (const auto one :
       {Aggregate::avg, Aggregate::min, Aggregate::max, Aggregate::sum, Aggregate::count}) {
    if (text == sql_of(one)) return one;
  }
  return std::nullopt;
}

std::vector<SeriesInfo> list_series(pqxx::work& tx, const SeriesQuery& query) {
  std::vector<SeriesInfo> list;
  for (const auto& row : tx.exec_params(
           "SELECT s.id, metric_type, metric_name, labels FROM series s "
           "JOIN sources o ON o.id = s.source_id WHERE o.uuid = $1 AND s.id > $2 "
           "AND ($3 = '' OR metric_type = $3) AND ($4 = '' OR metric_name = $4) "
           "ORDER BY s.id LIMIT $5",
           query.source.str(), query.after, query.metric_type, query.metric_name, query.limit)) {
    list.push_back(info_of(row));
  }
  return list;
}

Samples read_samples(pqxx::work& tx, const SampleQuery& query) {
  std::optional<std::int64_t> time, place, row_id;
  if (query.after) {
    time = query.after->time_us;
    row_id = query.after->row;
    place = query.after->place;
  }
  const auto selection = select(tx, query.source, query.metric_type, query.metric_name);
  if (!selection) return {};
  read_in_index_order(tx);
  // Rows come newest first from the indexes of the ring and are in order but for the places within
  // one: only as many are read as the page shows.
  const auto rows = tx.exec_params(
      std::string("SELECT p.id AS series_id, ") + kMicroseconds +
          " AS us, g.row_id, p.place, float8send(p.value) AS value "
          "FROM staging g JOIN layouts l ON l.id = g.layout_id CROSS JOIN LATERAL "
          "unnest(l.series_ids, g.\"values\") WITH ORDINALITY AS p (id, value, place) "
          "WHERE g.source_id = $1 AND g.layout_id = ANY ($3::int[]) "
          "AND p.value IS NOT NULL AND p.id = ANY ($2::int[]) "
          "AND ($4::bigint IS NULL OR g.time >= to_timestamp($4::bigint / 1000.0)) "
          "AND ($5::bigint IS NULL OR g.time < to_timestamp($5::bigint / 1000.0)) "
          "AND ($6::bigint IS NULL OR ((g.time, g.row_id) <= "
          "(to_timestamp($6::bigint / 1000000.0), $7::bigint) AND ((g.time, g.row_id) < "
          "(to_timestamp($6::bigint / 1000000.0), $7::bigint) OR p.place > $8::int))) "
          "ORDER BY g.time DESC, g.row_id DESC, p.place LIMIT $9",
      selection->source, selection->series, selection->layouts, ms_or_null(query.from),
      ms_or_null(query.to), time, row_id, place, query.limit + 1);
  Samples samples;
  for (const auto& row : rows) {
    if (samples.items.size() == static_cast<std::size_t>(query.limit)) {
      samples.more = true;
      break;
    }
    const auto us = row["us"].as<std::int64_t>();
    samples.items.push_back({row["series_id"].as<std::int32_t>(),
                             time_of(us),
                             value_of(row["value"]),
                             {us, row["row_id"].as<std::int64_t>(), row["place"].as<int>()}});
  }
  samples.series = infos_of(tx, samples.items);
  return samples;
}

Buckets read_buckets(pqxx::work& tx, const BucketQuery& query) {
  const auto step_ms = std::chrono::milliseconds(query.step).count();
  const auto selection = select(tx, query.source, query.metric_type, query.metric_name);
  if (!selection) return {};
  const auto rows = tx.exec_params(
      std::string(kRange) +
          "SELECT p.id AS series_id, ((extract(epoch FROM g.time) * 1000)::bigint / $6::bigint) * "
          "$6::bigint AS start, float8send(" +
          sql_of(query.aggregate) +
          "(g.\"values\"[p.place])::float8) AS value FROM g "
          "CROSS JOIN LATERAL unnest(g.places, g.ids) AS p (place, id) "
          "WHERE g.\"values\"[p.place] IS NOT NULL GROUP BY 1, 2 ORDER BY 2, 1 LIMIT $7",
      selection->source, selection->series, selection->layouts, to_ms(query.from), to_ms(query.to),
      step_ms, query.limit + 1);
  Buckets buckets;
  for (const auto& row : rows) {
    if (buckets.items.size() == static_cast<std::size_t>(query.limit)) {
      buckets.more = true;
      break;
    }
    buckets.items.push_back({row["series_id"].as<std::int32_t>(),
                             from_ms(row["start"].as<std::int64_t>()), value_of(row["value"])});
  }
  buckets.series = infos_of(tx, buckets.items);
  return buckets;
}

std::vector<TimeValue> read_values(pqxx::work& tx, const Uuid& source,
                                   const std::string& metric_name, Instant from, Instant to,
                                   const std::string& labels) {
  const auto selection = select(tx, source, "", metric_name, labels);
  if (!selection) return {};
  const auto rows = tx.exec_params(
      std::string(kRange) + "SELECT " + kMicroseconds +
          " AS us, float8send(g.\"values\"[p.place]) AS value FROM g "
          "CROSS JOIN LATERAL unnest(g.places, g.ids) AS p (place, id) "
          "WHERE g.\"values\"[p.place] IS NOT NULL ORDER BY g.time, g.row_id, p.place",
      selection->source, selection->series, selection->layouts, to_ms(from), to_ms(to));
  std::vector<TimeValue> values;
  values.reserve(static_cast<std::size_t>(rows.size()));
  for (const auto& row : rows) {
    const TimeValue one{time_of(row["us"].as<std::int64_t>()), value_of(row["value"])};
    if (!values.empty() && values.back().time == one.time) values.pop_back();
    values.push_back(one);
  }
  return values;
}

}  // namespace monitron::series
