#include "store/overview.hpp"

#include "store/host_row.hpp"
#include "store/live_state.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

// As InstanceHealth::status, for all at once.
const std::string& instance_statuses() {
  static const std::string text =
      "WITH c AS (SELECT c.instance_id, bool_or(l.status = 'down') AS down, "
      "bool_or(l.status = 'unknown') AS unknown FROM checks c "
      "JOIN check_states l ON l.check_id = c.id WHERE c.enabled AND c.instance_id IS NOT NULL "
      "GROUP BY 1), h AS (SELECT i.id, i.hostname, i.labels, c.*, "
      "COALESCE(i.agent_version, '') <> '' AS agent, a.last_seen < now() - interval '" +
      std::to_string(kAgentFresh.count()) +
      " seconds' AS silent FROM instances i LEFT JOIN c ON c.instance_id = i.id "
      "LEFT JOIN instance_activity a ON a.source_id = i.id) "
      "SELECT id, hostname, labels, CASE WHEN down OR (silent AND agent) THEN 'down' "
      "WHEN unknown OR (instance_id IS NULL AND silent IS NOT FALSE) THEN 'unknown' "
      "ELSE 'up' END AS status FROM h";
  return text;
}

StatusCounts counts_of(const pqxx::result& rows) {
  StatusCounts counts;
  for (const auto& row : rows) counts.add(row[0].c_str(), row[1].as<int>());
  return counts;
}

}  // namespace

void StatusCounts::add(std::string_view status, int many) {
  (status == "up" ? up : status == "down" ? down : unknown) += many;
}

StatusCounts count_instances(pqxx::work& tx) {
  return counts_of(
      tx.exec("SELECT status, count(*) FROM (" + instance_statuses() + ") s GROUP BY 1"));
}

StatusCounts count_checks(pqxx::work& tx) {
  return counts_of(
      tx.exec("SELECT s.status, count(*) FROM checks c "
              "JOIN check_states s ON s.check_id = c.id WHERE c.enabled GROUP BY 1"));
}

std::vector<Standing> instance_standings(pqxx::work& tx) {
  return read_all<Standing>(tx.exec(instance_statuses()), [](const pqxx::row& row) {
    return Standing{domain::labels_of_host(
                        {uuid_of(row["id"]), row["hostname"].c_str(), labels_of(row["labels"])}),
                    row["status"].c_str()};
  });
}

std::vector<Standing> check_standings(pqxx::work& tx) {
  const auto rows = tx.exec(
      "SELECT c.id, c.name, c.kind, c.target, c.locations->>0 AS location, c.labels, "
      "i.id AS host_id, i.hostname AS host, i.labels AS host_labels, s.status, s.warning, "
      "COALESCE((SELECT max(heard) FROM check_latest l WHERE l.check_id = "
      "c.id) < now() - greatest(10 * c.interval_seconds, 600) * interval '1 second', false) "
      "AS stale FROM checks c "
      "JOIN check_states s ON s.check_id = c.id LEFT JOIN instances i ON i.id = c.instance_id "
      "WHERE c.enabled");
  return read_all<Standing>(rows, [](const pqxx::row& row) {
    return Standing{domain::labels_of_check({.id = uuid_of(row["id"]),
                                             .name = row["name"].c_str(),
                                             .kind = row["kind"].c_str(),
                                             .target = row["target"].c_str(),
                                             .location = row["location"].c_str(),
                                             .host = host_of(row),
                                             .given = labels_of(row["labels"])}),
                    row["status"].c_str(), uuid_of(row["id"]), row["warning"].as<bool>(),
                    row["stale"].as<bool>()};
  });
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
