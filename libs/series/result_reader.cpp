// The results of a check, from its samples and its events.

#include "domain/check.hpp"
#include "series/reader.hpp"

#include <nlohmann/json.hpp>
#include <pqxx/pqxx>

namespace monitron::series {
namespace {

using Json = nlohmann::ordered_json;

// Status, duration and phases have members of their own; the rest are the probe's own values.
Json result_of(const pqxx::row& row, const std::string& check) {
  Json phases = Json::object(), values = Json::object();
  Json duration = nullptr;
  auto status = domain::CheckStatus::unknown;
  const auto samples = Json::parse(row["samples"].c_str(), nullptr, false);
  for (const auto& sample : samples) {
    const auto name = sample.value("name", "");
    const auto& labels = sample["labels"];
    const auto& value = sample["value"];
    if (name == "probe_success") {
      status = value == 1 ? domain::CheckStatus::up : domain::CheckStatus::down;
    } else if (name == "probe_duration_seconds") {
      duration = value;
    } else if (name == "probe_phase_seconds") {
      phases[labels.value("phase", "")] = value;
    } else {
      std::string full = name;
      char mark = '{';
      for (const auto& [label, text] : labels.items()) {
        full.append(1, mark).append(label).append("=").append(text.dump());
        mark = ',';
      }
      if (mark == ',') full += '}';
      values[full] = value;
    }
  }
  // A warning is told when it begins and goes on until the next event.
  const bool applies = row["own"].as<bool>(false) || status == domain::CheckStatus::up;
  return {{"check_id", check},
          {"scheduled_at", row["at"].c_str()},
          {"status", domain::to_string(status)},
          {"duration_seconds", duration},
          {"reason", applies ? row["reason"].c_str() : ""},
          {"phases", phases},
          {"values", values}};
}

}  // namespace

ResultPage read_results(pqxx::work& tx, const ResultQuery& query) {
  const auto ms = [](const std::optional<Instant>& time) -> std::optional<std::int64_t> {
    if (!time) return std::nullopt;
    return to_ms(*time);
  };
  std::optional<std::int64_t> time, row_id;
  if (query.after) {
    time = query.after->time_us;
    row_id = query.after->row;
  }
  read_in_index_order(tx);
  const auto rows = tx.exec_params(
      "SELECT (extract(epoch FROM g.time) * 1000000)::bigint AS us, g.row_id, "
      "to_char(g.time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') AS at, "
      "w.own, COALESCE(w.reason, '') AS reason, "
      "(SELECT json_agg(json_build_object('name', s.name, 'labels', s.labels, 'value', "
      "g.\"values\"[p.place])) FROM unnest(l.series_ids) WITH ORDINALITY AS p (id, place) "
      "JOIN series s ON s.id = p.id WHERE g.\"values\"[p.place] IS NOT NULL "
      "AND g.\"values\"[p.place] NOT IN ('NaN', 'Infinity', '-Infinity')) AS samples "
      "FROM staging g JOIN layouts l ON l.id = g.layout_id "
      "LEFT JOIN LATERAL (SELECT e.at = g.time AS own, CASE WHEN e.at = g.time "
      "OR e.detail->>'outcome' = 'warning' THEN e.reason END AS reason FROM check_events e "
      "WHERE e.check_id = $1 AND e.at <= g.time ORDER BY e.at DESC, e.id DESC LIMIT 1) w ON true "
      "WHERE g.source_id = (SELECT id FROM sources WHERE uuid = $1) "
      "AND ($2::bigint IS NULL OR g.time >= to_timestamp($2::bigint / 1000.0)) "
      "AND ($3::bigint IS NULL OR g.time < to_timestamp($3::bigint / 1000.0)) "
      "AND ($4::bigint IS NULL OR (g.time, g.row_id) < "
      "(to_timestamp($4::bigint / 1000000.0), $5::bigint)) "
      "ORDER BY g.time DESC, g.row_id DESC LIMIT $6",
      query.check.str(), ms(query.from), ms(query.to), time, row_id, query.limit + 1);
  ResultPage page;
  for (const auto& row : rows) {
    if (page.items.size() == static_cast<std::size_t>(query.limit)) {
      const auto last = rows[static_cast<int>(page.items.size()) - 1];
      page.next = Position{last["us"].as<std::int64_t>(), last["row_id"].as<std::int64_t>(), 0};
      break;
    }
    page.items.push_back(result_of(row, query.check.str()).dump());
  }
  return page;
}

}  // namespace monitron::series
