#include "store/live_state.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

std::string id_list(const std::vector<Uuid>& ids) {
  std::string text;
  for (const auto& id : ids) text += (text.empty() ? "" : ",") + id.str();
  return text;
}

}  // namespace

std::map<Uuid, CheckState> check_states(pqxx::work& tx, const std::vector<Uuid>& checks) {
  std::map<Uuid, CheckState> states;
  if (checks.empty()) return states;
  const auto rows = tx.exec_params(
      "SELECT check_id, status, " + ms_of("status_since") +
          ", last_result FROM check_latest WHERE check_id = ANY (string_to_array($1, ',')::uuid[])",
      id_list(checks));
  for (const auto& row : rows) {
    states[uuid_of(row["check_id"])] = {row["status"].c_str(),
                                        optional_instant_of(row["status_since"]),
                                        row["last_result"].c_str()};
  }
  return states;
}

std::map<Uuid, InstanceHealth> instance_health(pqxx::work& tx, const std::vector<Uuid>& instances) {
  std::map<Uuid, InstanceHealth> health;
  if (instances.empty()) return health;
  const auto ids = id_list(instances);
  const auto seen =
      tx.exec_params("SELECT a.source_id, " + ms_of("last_seen") +
                         ", COALESCE(i.agent_version, '') <> '' AS agent FROM instance_activity a "
                         "JOIN instances i ON i.id = a.source_id "
                         "WHERE a.source_id = ANY (string_to_array($1, ',')::uuid[])",
                     ids);
  for (const auto& row : seen) {
    auto& one = health[uuid_of(row["source_id"])];
    one.last_seen = optional_instant_of(row["last_seen"]);
    one.agent = row["agent"].as<bool>();
  }
  const auto checks = tx.exec_params(
      "SELECT instance_id, COALESCE(l.status, 'unknown'), count(*) FROM checks c "
      "LEFT JOIN check_latest l ON l.check_id = c.id "
      "WHERE c.enabled AND c.instance_id = ANY (string_to_array($1, ',')::uuid[]) GROUP BY 1, 2",
      ids);
  for (const auto& row : checks) {
    auto& one = health[uuid_of(row[0])];
    const std::string status = row[1].c_str();
    (status == "up" ? one.up : status == "down" ? one.down : one.unknown) = row[2].as<int>();
  }
  return health;
}

std::string InstanceHealth::status(Instant now) const {
  if (down > 0) return "down";
  const bool silent = last_seen && now - *last_seen > kAgentFresh;
  if (silent && agent) return "down";
  if (unknown > 0) return "unknown";
  return up > 0 || (last_seen && !silent) ? "up" : "unknown";
}

}  // namespace monitron::store
