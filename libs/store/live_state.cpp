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
  const auto rows =
      tx.exec_params("SELECT s.check_id, s.status, s.flapping, s.flapping_percent, s.warning, " +
                         ms_of("s.status_since", "since") +
                         ", COALESCE(l.last_result::text, '') AS last_result FROM checks c "
                         "JOIN check_states s ON s.check_id = c.id LEFT JOIN LATERAL (SELECT "
                         "last_result FROM check_latest WHERE check_id = c.id "
                         "AND c.locations ? location ORDER BY slot DESC LIMIT 1) l ON true "
                         "WHERE c.id = ANY (string_to_array($1, ',')::uuid[]) "
                         "AND s.check_id = ANY (string_to_array($1, ',')::uuid[])",
                     id_list(checks));
  for (const auto& row : rows) {
    states[uuid_of(row["check_id"])] = {row["status"].c_str(),
                                        optional_instant_of(row["since"]),
                                        row["last_result"].c_str(),
                                        row["flapping"].as<bool>(),
                                        row["flapping_percent"].as<double>(),
                                        row["warning"].as<bool>()};
  }
  return states;
}

std::vector<LocatedCheck> located_states(pqxx::work& tx, const Uuid& check) {
  return read_all<LocatedCheck>(
      tx.exec_params("SELECT place, status, " + ms_of("status_since") +
                         ", last_result, flapping, flapping_percent, "
                         "warns AND status = 'up' AS warning, slot > to_timestamp(0) AS heard "
                         "FROM checks c "
                         "CROSS JOIN LATERAL jsonb_array_elements_text(locations) AS place "
                         "LEFT JOIN check_latest l ON l.check_id = c.id AND l.location = place "
                         "WHERE c.id = $1",
                     check.str()),
      [](const pqxx::row& row) {
        LocatedCheck one{row["place"].c_str(), {}};
        if (row["heard"].is_null() || !row["heard"].as<bool>()) return one;
        one.state = {row["status"].c_str(),
                     optional_instant_of(row["status_since"]),
                     row["last_result"].c_str(),
                     row["flapping"].as<bool>(),
                     row["flapping_percent"].as<double>(),
                     row["warning"].as<bool>()};
        return one;
      });
}

std::map<Uuid, domain::CheckStates> counted_states(pqxx::work& tx,
                                                   const std::optional<Uuid>& check) {
  std::map<Uuid, domain::CheckStates> states;
  const auto status = [](const pqxx::field& field) {
    return domain::parse_check_status(field.c_str()).value_or(domain::CheckStatus::unknown);
  };
  const auto rows = tx.exec_params(
      "SELECT l.check_id, l.location, l.status, l.last_status, failures, successes, unknowns, " +
          ms_of("slot") + ", " + ms_of("heard") + ", " + ms_of("l.status_since", "here_since") +
          ", s.status AS verdict, s.flapping, s.warning, turns, l.flapping AS flaps_here, "
          "l.warns, l.warns_against, " +
          ms_of("s.status_since", "since") +
          " FROM checks c JOIN check_latest l ON l.check_id = c.id AND c.locations ? l.location "
          "JOIN check_states s ON s.check_id = c.id "
          "WHERE c.enabled AND ($1::uuid IS NULL OR c.id = $1)",
      text_or_null(check));
  for (const auto& row : rows) {
    auto& one = states[uuid_of(row["check_id"])];
    one.status = status(row["verdict"]);
    one.since = optional_instant_of(row["since"]).value_or(Instant{});
    one.flapping = row["flapping"].as<bool>();
    one.warning = row["warning"].as<bool>();
    domain::CheckState state;
    state.status = status(row["status"]);
    state.last = status(row["last_status"]);
    state.failures = row["failures"].as<int>();
    state.successes = row["successes"].as<int>();
    state.unknowns = row["unknowns"].as<int>();
    state.slot = instant_of(row["slot"]);
    state.heard = instant_of(row["heard"]);
    state.status_since = instant_of(row["here_since"]);
    state.flapping = {row["turns"].as<std::uint32_t>(), row["flaps_here"].as<bool>()};
    state.warning = {row["warns"].as<bool>(), row["warns_against"].as<int>()};
    one.at.push_back({row["location"].c_str(), state});
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
      "SELECT instance_id, s.status, count(*) FROM checks c "
      "JOIN check_states s ON s.check_id = c.id "
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
