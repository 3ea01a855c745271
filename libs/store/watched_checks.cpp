#include "store/watched_checks.hpp"

#include "db/limited.hpp"
#include "store/row.hpp"

namespace monitron::store {

std::unordered_map<Uuid, NamedState> named_states(pqxx::work& tx, std::span<const Uuid> checks) {
  std::unordered_map<Uuid, NamedState> states;
  if (checks.empty()) return states;
  nlohmann::json ids = nlohmann::json::array();
  for (const auto& check : checks) ids.push_back(check.str());
  const auto rows = tx.exec_params(
      "SELECT c.id, c.name, s.status "
      "FROM jsonb_array_elements_text($1::jsonb) AS n (id) JOIN checks c ON c.id = n.id::uuid "
      "JOIN check_states s ON s.check_id = c.id WHERE c.enabled",
      ids.dump());
  for (const auto& row : rows) {
    const auto status = domain::parse_check_status(row["status"].c_str());
    states[uuid_of(row["id"])] = {row["name"].c_str(),
                                  status.value_or(domain::CheckStatus::unknown)};
  }
  return states;
}

std::vector<std::string> unknown_members(pqxx::work& tx, const Uuid& group,
                                         const std::string& settings) {
  return read_all<std::string>(
      tx.exec_params("SELECT DISTINCT m->>'check_id' "
                     "FROM jsonb_array_elements($2::jsonb->'group'->'members') m "
                     "WHERE NOT EXISTS (SELECT FROM checks c WHERE c.id = (m->>'check_id')::uuid) "
                     "AND NOT EXISTS (SELECT FROM checks g "
                     "CROSS JOIN LATERAL jsonb_array_elements(g.settings->'group'->'members') b "
                     "WHERE g.id = $1 AND b->>'check_id' = m->>'check_id') ORDER BY 1",
                     group.str(), settings),
      [](const pqxx::row& row) { return std::string(row[0].c_str()); });
}

bool is_within_itself(pqxx::work& tx, const Uuid& group, const std::string& settings) {
  return db::as_owner(tx, [&] {
    return tx
        .exec_params1(
            "WITH RECURSIVE inside (id) AS ("
            "SELECT m->>'check_id' FROM jsonb_array_elements($2::jsonb->'group'->'members') m "
            "UNION SELECT m->>'check_id' FROM inside JOIN checks c ON c.id = inside.id::uuid "
            "AND c.kind = 'group' "
            "CROSS JOIN LATERAL jsonb_array_elements(c.settings->'group'->'members') m) "
            "SELECT EXISTS (SELECT FROM inside WHERE inside.id::uuid = $1::uuid)",
            group.str(), settings)[0]
        .as<bool>();
  });
}

std::vector<SilentCheck> silent_checks(pqxx::work& tx, Instant now, Instant watched_since,
                                       int limit) {
  const auto rows = tx.exec_params(
      "SELECT c.id, place, " + ms_of("COALESCE(l.slot, to_timestamp(0))", "slot") + ", " +
          ms_of("c.updated_at", "since") + ", COALESCE(s.sent_until > " + from_ms_sql(1) +
          " - interval '1 minute', false) AS scheduled, COALESCE(m.reason, '') AS why "
          "FROM checks c CROSS JOIN LATERAL jsonb_array_elements_text(c.locations) AS place "
          "LEFT JOIN check_latest l ON l.check_id = c.id AND l.location = place "
          "LEFT JOIN check_schedules s ON s.location = place "
          "CROSS JOIN LATERAL (SELECT make_interval(secs => 2 * c.interval_seconds + "
          "c.timeout_seconds + 5) AS patience) p "
          "LEFT JOIN LATERAL (SELECT reason FROM missed_slots WHERE location = place "
          "AND to_time > greatest(l.slot, c.created_at) AND check_id IN (c.id, "
          "'00000000-0000-0000-0000-000000000000') ORDER BY to_time DESC LIMIT 1) m ON true "
          "WHERE c.enabled AND c.kind NOT IN ('heartbeat', 'group') "
          "AND (l.status <> 'unknown' OR l.unknowns = 0 OR l.status IS NULL) "
          "AND greatest(l.slot, c.updated_at) + p.patience < " +
          from_ms_sql(1) + " AND " + from_ms_sql(2) +
          " + least(p.patience, interval '10 minutes') < " + from_ms_sql(1) + " LIMIT $3",
      to_ms(now), to_ms(watched_since), limit);
  return read_all<SilentCheck>(rows, [](const pqxx::row& row) {
    return SilentCheck{uuid_of(row["id"]),          row["place"].c_str(),
                       instant_of(row["slot"]),     instant_of(row["since"]),
                       row["scheduled"].as<bool>(), row["why"].c_str()};
  });
}

std::optional<Instant> newest_slot(pqxx::work& tx) {
  return optional_instant_of(
      tx.exec1("SELECT (extract(epoch FROM max(slot)) * 1000)::bigint FROM check_latest")[0]);
}

}  // namespace monitron::store
