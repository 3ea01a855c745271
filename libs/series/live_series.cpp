#include "series/live_series.hpp"

#include "series/sql_text.hpp"

#include <algorithm>

namespace monitron::series {

Result<std::set<std::int32_t>> live_series(Session& session, const LiveQuery& query) {
  std::string of_series, of_source;
  if (query.candidates != nullptr) {
    std::vector<std::int32_t> ids;
    std::set<std::int32_t> sources;
    for (const auto& one : *query.candidates) {
      ids.push_back(one.id);
      sources.insert(one.source);
    }
    of_series = " AND series_id = ANY (" + sql_array(ids) + ")";
    of_source = " AND source_id = ANY (" + sql_array(sources) + ")";
  }
  const auto from = sql_time(query.range.from_ms), to = sql_time(query.range.to_ms);
  const auto day = std::max<std::int64_t>(query.range.from_ms, 0) / kDayMs * kDayMs;
  std::set<std::int32_t> live;
  auto done = session.copy_out(
      "COPY (SELECT DISTINCT series_id FROM chunks WHERE start >= " + sql_time(day) +
          " AND start <= " + to + " AND finish >= " + from + of_series +
          " UNION ALL SELECT DISTINCT p.id FROM (SELECT DISTINCT layout_id FROM staging "
          "WHERE time >= " +
          from + " AND time <= " + to + of_source +
          ") AS g JOIN layouts AS l ON l.id = g.layout_id "
          "CROSS JOIN LATERAL unnest(l.series_ids) AS p (id)) TO STDOUT (FORMAT binary)",
      [&](BinaryRow& row) -> Result<void> {
        live.insert(row.int32());
        return {};
      });
  if (!done) return fail(done.error());
  return live;
}

}  // namespace monitron::series
