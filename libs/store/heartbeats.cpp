#include "store/heartbeats.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text = "check_id, phase, " + ms_of("last_ping") + ", " +
                                  ms_of("last_success") + ", " + ms_of("counted_from") + ", " +
                                  ms_of("started") + ", run_ms, exit_code, reason, " +
                                  ms_of("slot") + ", details";
  return text;
}

Heartbeats read(const pqxx::result& rows) {
  Heartbeats found;
  for (const auto& row : rows) {
    auto& one = found[uuid_of(row["check_id"])];
    auto& state = one.state;
    state.phase =
        domain::parse_heartbeat_phase(row["phase"].c_str()).value_or(domain::HeartbeatPhase::fresh);
    state.last_ping = optional_instant_of(row["last_ping"]);
    state.last_success = optional_instant_of(row["last_success"]);
    state.counted_from = optional_instant_of(row["counted_from"]);
    state.started = optional_instant_of(row["started"]);
    if (!row["run_ms"].is_null()) {
      state.run_time = std::chrono::milliseconds(row["run_ms"].as<std::int64_t>());
    }
    if (!row["exit_code"].is_null()) state.exit_code = row["exit_code"].as<int>();
    state.reason = row["reason"].c_str();
    state.slot = instant_of(row["slot"]);
    one.details = labels_of(row["details"]);
  }
  return found;
}

nlohmann::json ms_json(const std::optional<Instant>& time) {
  return time ? nlohmann::json(to_ms(*time)) : nlohmann::json(nullptr);
}

nlohmann::json json_of(const Uuid& check, const Heartbeat& heartbeat) {
  const auto& state = heartbeat.state;
  nlohmann::json json = {{"check_id", check.str()},
                         {"phase", domain::to_string(state.phase)},
                         {"last_ping", ms_json(state.last_ping)},
                         {"last_success", ms_json(state.last_success)},
                         {"counted_from", ms_json(state.counted_from)},
                         {"started", ms_json(state.started)},
                         {"reason", state.reason},
                         {"slot", to_ms(state.slot)},
                         {"details", heartbeat.details}};
  json["run_ms"] = state.run_time ? nlohmann::json(state.run_time->count()) : nullptr;
  json["exit_code"] = state.exit_code ? nlohmann::json(*state.exit_code) : nullptr;
  return json;
}

}  // namespace

Heartbeats all_heartbeats(pqxx::work& tx) {
  return read(tx.exec("SELECT " + columns() + " FROM heartbeats"));
}

Heartbeats lock_heartbeats(pqxx::work& tx, std::span<const Uuid> checks) {
  nlohmann::json ids = nlohmann::json::array();
  for (const auto& check : checks) ids.push_back(check.str());
  return read(tx.exec_params(
      "SELECT " + columns() +
          " FROM heartbeats WHERE check_id IN (SELECT jsonb_array_elements_text($1::jsonb)::uuid) "
          "ORDER BY check_id FOR UPDATE",
      ids.dump()));
}

void save_heartbeats(pqxx::work& tx, const Heartbeats& heartbeats) {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& [check, heartbeat] : heartbeats) rows.push_back(json_of(check, heartbeat));
  tx.exec_params0(
      "INSERT INTO heartbeats AS h (check_id, phase, last_ping, last_success, counted_from, "
      "started, run_ms, exit_code, reason, slot, details) "
      "SELECT check_id, phase, to_timestamp(last_ping / 1000.0), "
      "to_timestamp(last_success / 1000.0), to_timestamp(counted_from / 1000.0), "
      "to_timestamp(started / 1000.0), run_ms, exit_code, reason, to_timestamp(slot / 1000.0), "
      "details FROM jsonb_to_recordset($1::jsonb) AS n (check_id uuid, phase text, "
      "last_ping bigint, last_success bigint, counted_from bigint, started bigint, run_ms bigint, "
      "exit_code integer, reason text, slot bigint, details jsonb) ORDER BY check_id "
      "ON CONFLICT (check_id) DO UPDATE SET phase = excluded.phase, "
      "last_ping = excluded.last_ping, last_success = excluded.last_success, "
      "counted_from = excluded.counted_from, started = excluded.started, "
      "run_ms = excluded.run_ms, exit_code = excluded.exit_code, reason = excluded.reason, "
      "slot = excluded.slot, details = excluded.details",
      rows.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::vector<PingOutage> ping_outages(pqxx::work& tx) {
  const auto rows = tx.exec("SELECT " + ms_of("from_time") + ", " + ms_of("to_time") +
                            ", what FROM ping_outages WHERE to_time > now() - interval '100 days' "
                            "ORDER BY ping_outages.to_time");
  return read_all<PingOutage>(rows, [](const pqxx::row& row) {
    return PingOutage{instant_of(row["from_time"]), instant_of(row["to_time"]),
                      row["what"].c_str()};
  });
}

void save_ping_outages(pqxx::work& tx, std::span<const PingOutage> outages) {
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& one : outages) {
    rows.push_back({{"from", to_ms(one.from)}, {"to", to_ms(one.to)}, {"what", one.what}});
  }
  tx.exec0("DELETE FROM ping_outages");
  tx.exec_params0(
      "INSERT INTO ping_outages (from_time, to_time, what) SELECT to_timestamp(\"from\" / 1000.0), "
      "to_timestamp(\"to\" / 1000.0), what FROM jsonb_to_recordset($1::jsonb) "
      "AS n (\"from\" bigint, \"to\" bigint, what text)",
      rows.dump());
}

void drop_dead_heartbeats(pqxx::work& tx) {
  tx.exec0(
      "DELETE FROM heartbeats h WHERE NOT EXISTS (SELECT FROM checks c WHERE c.id = h.check_id "
      "AND c.enabled AND c.kind = 'heartbeat')");
}

}  // namespace monitron::store
