#include "series/cardinality.hpp"

#include "series/layouts.hpp"

#include <algorithm>

namespace monitron::series {
namespace {

// So many series are looked at one by one; a second of PostgreSQL's time, about.
constexpr std::int64_t kLookedAt = 300'000;

Result<Cardinality::Counts> counts(Session& session, const std::string& sql, double factor = 1) {
  auto rows = session.run(sql.c_str());
  if (!rows) return fail(rows.error());
  Cardinality::Counts list;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    list.push_back({rows->text(i, 0),
                    static_cast<std::uint64_t>(static_cast<double>(rows->number(i, 1)) * factor)});
  }
  return list;
}

std::string top(const std::string& columns, const std::string& rest, std::size_t limit) {
  return "SELECT " + columns + " " + rest + " ORDER BY 2 DESC, 1 LIMIT " + std::to_string(limit);
}

Result<void> read_head(Session& session, Cardinality& found) {
  auto rows = session.run(
      ("SELECT (SELECT count(*) FROM series WHERE " + is_active() +
       "), "
       "(SELECT COALESCE(sum(GREATEST(reltuples, 0)), 0)::bigint FROM pg_class "
       "WHERE relkind = 'r' AND relname ~ '^chunks_[0-9]'), "
       "(SELECT COALESCE((extract(epoch FROM LEAST(min(lower), now())) * 1000)::bigint, 0) "
       "FROM chunk_partitions WHERE tier % 4 = 0), (extract(epoch FROM now()) * 1000)::bigint, "
       "(SELECT count(*) FROM sources)")
          .c_str());
  if (!rows) return fail(rows.error());
  found.series = static_cast<std::uint64_t>(rows->number(0, 0));
  found.chunks = static_cast<std::uint64_t>(rows->number(0, 1));
  found.min_time_ms = rows->number(0, 2);
  found.max_time_ms = rows->number(0, 3);
  found.sources = static_cast<std::uint64_t>(rows->number(0, 4));
  return {};
}

// Labels of the series looked at, the metric's name among them: name, value, count.
std::string pairs_of(double share) {
  const auto from = share < 1 ? "series TABLESAMPLE SYSTEM (" + std::to_string(100 * share) + ")"
                              : std::string("series");
  return "WITH pairs AS MATERIALIZED (SELECT l.key AS name, l.value, count(*) AS count FROM " +
         from +
         " AS s CROSS JOIN LATERAL jsonb_each_text(s.labels || jsonb_build_object('__name__', "
         "s.name)) AS l WHERE " +
         is_active() + " GROUP BY 1, 2) ";
}

Result<void> read_labels(Session& session, std::size_t limit, double share, Cardinality& found) {
  const auto pairs = pairs_of(share);
  // One statement for all three, as the pairs are the costly part.
  const auto number = std::to_string(limit);
  auto rows = session.run(
      (pairs +
       "(SELECT 1, name, count(*) AS count FROM pairs GROUP BY name ORDER BY 3 DESC, 2 LIMIT " +
       number +
       ") UNION ALL (SELECT 2, name, sum(length(value)) FROM pairs GROUP BY name "
       "ORDER BY 3 DESC, 2 LIMIT " +
       number +
       ") UNION ALL (SELECT 3, name || '=' || value, count FROM pairs ORDER BY 3 DESC, 2 LIMIT " +
       number + ") UNION ALL (SELECT 4, '', count(*) FROM pairs)")
          .c_str());
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto count = static_cast<std::uint64_t>(rows->number(i, 2));
    const Cardinality::Count one{rows->text(i, 1), count};
    switch (rows->number(i, 0)) {
      case 1:
        found.values_by_label.push_back(one);
        break;
      case 2:
        found.bytes_by_label.push_back(one);
        break;
      case 3:
        found.series_by_pair.push_back(
            {one.name, static_cast<std::uint64_t>(static_cast<double>(count) / share)});
        break;
      default:
        found.label_pairs = count;
    }
  }
  return {};
}

}  // namespace

Result<Cardinality> read_cardinality(Session& session, std::size_t limit) {
  Cardinality found;
  if (auto done = read_head(session, found); !done) return fail(done.error());
  auto by_metric = counts(
      session, top("name, count(*)", "FROM series WHERE " + is_active() + " GROUP BY name", limit));
  if (!by_metric) return fail(by_metric.error());
  found.series_by_metric = std::move(*by_metric);
  auto by_source = counts(
      session, top("COALESCE(i.hostname, c.name, o.uuid::text), n.count",
                   "FROM (SELECT source_id, count(*) FROM series WHERE " + is_active() +
                       " GROUP BY source_id ORDER BY 2 DESC LIMIT " + std::to_string(limit) +
                       ") AS n JOIN sources o ON o.id = n.source_id "
                       "LEFT JOIN instances i ON i.id = o.uuid LEFT JOIN checks c ON c.id = o.uuid",
                   limit));
  if (!by_source) return fail(by_source.error());
  found.series_by_source = std::move(*by_source);
  const auto series = static_cast<double>(std::max<std::uint64_t>(found.series, 1));
  const auto share = std::min(1.0, static_cast<double>(kLookedAt) / series);
  found.exact = share >= 1;
  if (auto done = read_labels(session, limit, share, found); !done) return fail(done.error());
  return found;
}

}  // namespace monitron::series
