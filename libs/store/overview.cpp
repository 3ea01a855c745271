#include "store/overview.hpp"

#include "store/live_state.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

StatusCounts counts_of(const pqxx::result& rows) {
  StatusCounts counts;
  for (const auto& row : rows) {
    const std::string status = row[0].c_str();
    (status == "up"     ? counts.up
     : status == "down" ? counts.down
                        : counts.unknown) += row[1].as<int>();
  }
  return counts;
}

}  // namespace

// As InstanceHealth::status, for all at once.
StatusCounts count_instances(pqxx::work& tx) {
  return counts_of(tx.exec(
      "WITH c AS (SELECT c.instance_id, bool_or(l.status = 'down') AS down, "
      "bool_or(l.status = 'unknown') AS unknown FROM checks c "
      "JOIN check_states l ON l.check_id = c.id WHERE c.enabled AND c.instance_id IS NOT NULL "
      "GROUP BY 1), h AS (SELECT c.*, COALESCE(i.agent_version, '') <> '' AS agent, "
      "a.last_seen < now() - interval '" +
      std::to_string(kAgentFresh.count()) +
      " seconds' AS silent FROM instances i LEFT JOIN c ON c.instance_id = i.id "
      "LEFT JOIN instance_activity a ON a.source_id = i.id) "
      "SELECT CASE WHEN down OR (silent AND agent) THEN 'down' "
      "WHEN unknown OR (instance_id IS NULL AND silent IS NOT FALSE) THEN 'unknown' "
      "ELSE 'up' END, count(*) FROM h GROUP BY 1"));
}

StatusCounts count_checks(pqxx::work& tx) {
  return counts_of(
      tx.exec("SELECT s.status, count(*) FROM checks c "
              "JOIN check_states s ON s.check_id = c.id WHERE c.enabled GROUP BY 1"));
}

std::vector<RoleHealth> role_health(pqxx::work& tx) {
  const auto rows = tx.exec(
      "SELECT role, count(p.program), count(p.program) FILTER (WHERE p.ready), "
      "COALESCE(string_agg(NULLIF(p.detail, ''), '; ') FILTER (WHERE NOT p.ready), '') "
      "FROM unnest(ARRAY['api', 'checker', 'ingest', 'notifier', 'report']) AS role "
      "LEFT JOIN program_instances p ON p.program = role AND p.seen_at > now() - interval '30 "
      "seconds' "
      "GROUP BY role ORDER BY role");
  return read_all<RoleHealth>(rows, [](const pqxx::row& row) {
    return RoleHealth{row[0].c_str(), row[1].as<int>(), row[2].as<int>(), row[3].c_str()};
  });
}

}  // namespace monitron::store
