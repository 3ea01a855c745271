#include "store/alerts.hpp"

#include "store/live_state.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

std::optional<std::string> json_of(const std::optional<domain::GateShut>& shut) {
  if (!shut) return std::nullopt;
  return nlohmann::json{{"kind", domain::to_string(shut->kind)},
                        {"id", shut->id.str()},
                        {"name", shut->name},
                        {"text", shut->text}}
      .dump();
}

std::optional<domain::GateShut> shut_of(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  const auto json = nlohmann::json::parse(field.c_str(), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return domain::GateShut{
      domain::parse_gate_kind(json.value("kind", "")).value_or(domain::GateKind::waiting),
      Uuid::parse(json.value("id", "")).value_or(Uuid{}), json.value("name", ""),
      json.value("text", "")};
}

}  // namespace

std::vector<Alert> all_alerts(pqxx::work& tx) {
  const auto rows = tx.exec("SELECT id, rule_id, subject, state, title, text, labels, value, " +
                            ms_of("active_since") + ", incident_id, suppressed_by, " +
                            ms_of("keep_firing_until") + " FROM alert_states");
  return read_all<Alert>(rows, [](const pqxx::row& row) {
    Alert alert;
    alert.id = uuid_of(row["id"]);
    alert.rule_id = uuid_of(row["rule_id"]);
    alert.subject = row["subject"].c_str();
    alert.state.phase = std::string_view(row["state"].c_str()) == "firing"
                            ? domain::AlertPhase::firing
                            : domain::AlertPhase::pending;
    alert.state.active_since = instant_of(row["active_since"]);
    alert.title = row["title"].c_str();
    alert.text = row["text"].c_str();
    alert.labels = labels_of(row["labels"]);
    alert.value = row["value"].as<double>();
    alert.incident_id = optional_uuid_of(row["incident_id"]).value_or(Uuid{});
    alert.suppressed_by = shut_of(row["suppressed_by"]);
    alert.state.keep_until = optional_instant_of(row["keep_firing_until"]);
    return alert;
  });
}

void put_alert(pqxx::work& tx, const Alert& alert) {
  tx.exec_params0(
      "INSERT INTO alert_states (id, rule_id, subject, state, title, text, labels, value, "
      "active_since, incident_id, suppressed_by, keep_firing_until) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, " +
          from_ms_sql(9) + ", $10, $11, " + from_ms_sql(12) +
          ") ON CONFLICT (id) DO UPDATE SET state = excluded.state, title = excluded.title, "
          "text = excluded.text, labels = excluded.labels, value = excluded.value, "
          "active_since = excluded.active_since, incident_id = excluded.incident_id, "
          "suppressed_by = excluded.suppressed_by, "
          "keep_firing_until = excluded.keep_firing_until",
      alert.id.str(), alert.rule_id.str(), alert.subject,
      std::string(domain::to_string(alert.state.phase)), alert.title, alert.text,
      json_of(alert.labels), alert.value, to_ms(alert.state.active_since),
      alert.incident_id.is_nil() ? std::nullopt : std::optional(alert.incident_id.str()),
      json_of(alert.suppressed_by), ms_or_null(alert.state.keep_until));
}

void postpone_pending(pqxx::work& tx, std::chrono::milliseconds by) {
  if (by.count() <= 0) return;
  tx.exec_params0(
      "UPDATE alert_states SET active_since = active_since + make_interval(secs => $1) "
      "WHERE state = 'pending'",
      static_cast<double>(by.count()) / 1000.0);
}

void drop_alert(pqxx::work& tx, const Uuid& id) {
  tx.exec_params0("DELETE FROM alert_states WHERE id = $1", id.str());
}

OpenIncident open_incident(pqxx::work& tx, const Uuid& alert_id,
                           const contracts::AlertChanged& alert, const std::string& condition) {
  const auto rows = tx.exec_params(
      "INSERT INTO incidents (id, alert_id, rule_id, rule_name, title, text, severity, labels, "
      "annotations, value, opened_at, audience, drill) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, " +
          from_ms_sql(11) + ", $12, $13) ON CONFLICT DO NOTHING RETURNING id",
      alert.incident_id.str(), alert_id.str(), alert.rule_id.str(), alert.rule_name, alert.title,
      alert.text, alert.severity, json_of(alert.labels), json_of(alert.annotations), alert.value,
      to_ms(alert.starts_at), alert.audience ? std::optional(alert.audience->str()) : std::nullopt,
      alert.drill);
  if (rows.empty()) {
    const auto open = tx.exec_params(
        "SELECT id FROM incidents WHERE alert_id = $1 AND resolved_at IS NULL", alert_id.str());
    return {open.empty() ? alert.incident_id.value : uuid_of(open[0][0]), false};
  }
  tx.exec_params0(
      "INSERT INTO incident_events (incident_id, kind, text, severity, condition) "
      "VALUES ($1, 'opened', $2, $3, $4)",
      alert.incident_id.str(), alert.text, alert.severity, condition);
  return {alert.incident_id.value, true};
}

bool retell_incident(pqxx::work& tx, const Uuid& alert_id, const contracts::AlertChanged& alert,
                     const std::string& condition) {
  tx.exec_params0("UPDATE incidents SET text = $2 WHERE alert_id = $1 AND resolved_at IS NULL",
                  alert_id.str(), alert.text);
  return tx.exec_params(
               "INSERT INTO incident_events (incident_id, kind, text, severity, condition) "
               "SELECT i.id, 'retold', $2, $3, $4 FROM incidents i CROSS JOIN LATERAL (SELECT "
               "COALESCE(e.severity, i.severity) AS severity, COALESCE(e.condition, '') AS "
               "condition "
               "FROM incident_events e WHERE e.incident_id = i.id AND kind IN ('opened', 'retold') "
               "ORDER BY e.id DESC LIMIT 1) before WHERE i.alert_id = $1 AND i.resolved_at IS NULL "
               "AND (before.severity, before.condition) IS DISTINCT FROM ($3::text, $4::text)",
               alert_id.str(), alert.text, alert.severity, condition)
             .affected_rows() > 0;
}

std::optional<ResolvedIncident> resolve_incident(pqxx::work& tx, const Uuid& alert_id,
                                                 const contracts::AlertChanged& alert) {
  // Never before it was opened: clocks of two machines may differ.
  const auto rows =
      tx.exec_params("UPDATE incidents SET resolved_at = GREATEST(opened_at, " + from_ms_sql(2) +
                         ") WHERE alert_id = $1 AND resolved_at IS NULL RETURNING id, rule_name, "
                         "severity, labels, audience, drill, " +
                         ms_of("opened_at"),
                     alert_id.str(), to_ms(alert.at));
  if (rows.empty()) return std::nullopt;
  const auto& row = rows[0];
  ResolvedIncident resolved{uuid_of(row["id"]),       instant_of(row["opened_at"]),
                            row["rule_name"].c_str(), row["severity"].c_str(),
                            labels_of(row["labels"]), std::nullopt,
                            row["drill"].as<bool>()};
  if (const auto user = optional_uuid_of(row["audience"])) resolved.audience = UserId{*user};
  note_incident(tx, resolved.id, "resolved", alert.text);
  return resolved;
}

void note_incident(pqxx::work& tx, const Uuid& incident, std::string_view kind,
                   const std::string& text) {
  tx.exec_params0(
      "INSERT INTO incident_events (incident_id, kind, text) "
      "SELECT id, $2, $3 FROM incidents WHERE id = $1",
      incident.str(), std::string(kind), text);
}

std::vector<contracts::AlertChanged> current_incidents(pqxx::work& tx, Instant since) {
  const auto rows = tx.exec_params(
      "SELECT id, rule_id, rule_name, title, text, severity, labels, annotations, value, drill, " +
          ms_of("opened_at") + ", " + ms_of("resolved_at") +
          " FROM incidents i WHERE audience IS NULL AND (resolved_at IS NULL OR resolved_at > " +
          from_ms_sql(1) +
          " OR (resolved_at > now() - interval '1 day' AND EXISTS (SELECT FROM deliveries d WHERE "
          "d.incident_id = i.id AND channel = 'alertmanager' AND transition = 1 AND "
          "state = 'accepted' AND NOT EXISTS (SELECT FROM deliveries e WHERE e.incident_id = i.id "
          "AND e.channel = 'alertmanager' AND e.transition = 2 AND e.target = d.target))))",
      to_ms(since));
  return read_all<contracts::AlertChanged>(rows, [](const pqxx::row& row) {
    contracts::AlertChanged alert;
    alert.incident_id = IncidentId{uuid_of(row["id"])};
    alert.rule_id = RuleId{uuid_of(row["rule_id"])};
    alert.rule_name = row["rule_name"].c_str();
    alert.title = row["title"].c_str();
    alert.text = row["text"].c_str();
    alert.severity = row["severity"].c_str();
    alert.labels = labels_of(row["labels"]);
    alert.annotations = labels_of(row["annotations"]);
    alert.value = row["value"].as<double>();
    alert.drill = row["drill"].as<bool>();
    alert.starts_at = instant_of(row["opened_at"]);
    const auto resolved = optional_instant_of(row["resolved_at"]);
    alert.firing = !resolved;
    alert.transition = resolved ? 2 : 1;
    alert.at = resolved.value_or(alert.starts_at);
    return alert;
  });
}

std::vector<WatchedCheck> watched_checks(pqxx::work& tx) {
  auto states = counted_states(tx);
  // Of the location that sees it down, else of the one heard of last.
  const auto rows = tx.exec(
      "SELECT c.id, name, kind, target, locations, quorum, interval_seconds, instance_id, labels, "
      "timeout_seconds, failures_before_down, (SELECT jsonb_object_agg(l.location, "
      "COALESCE(last_result->>'reason', '')) FROM check_latest l WHERE l.check_id = c.id "
      "AND l.slot > to_timestamp(0)) AS said, "
      "COALESCE((SELECT CASE WHEN last_status = 'down' THEN last_result->>'reason' END FROM "
      "check_latest l WHERE l.check_id = c.id AND "
      "c.locations ? l.location ORDER BY (status = 'down') DESC, slot DESC LIMIT 1), '') "
      "AS reason FROM checks c WHERE enabled");
  return read_all<WatchedCheck>(rows, [&](const pqxx::row& row) {
    WatchedCheck check;
    check.id = uuid_of(row["id"]);
    check.name = row["name"].c_str();
    check.kind = row["kind"].c_str();
    check.target = row["target"].c_str();
    check.locations = texts_of(row["locations"]);
    const int asked = row["quorum"].as<int>();
    check.quorum = domain::quorum_of(static_cast<int>(check.locations.size()), asked);
    check.interval = std::chrono::seconds(row["interval_seconds"].as<int>());
    check.instance_id = optional_uuid_of(row["instance_id"]);
    check.labels = labels_of(row["labels"]);
    if (const auto known = states.find(check.id); known != states.end()) {
      check.states = std::move(known->second);
    }
    check.reason = row["reason"].c_str();
    check.timeout = std::chrono::seconds(row["timeout_seconds"].as<int>());
    check.failures_before_down = row["failures_before_down"].as<int>();
    check.said = labels_of(row["said"]);
    return check;
  });
}

std::vector<WatchedInstance> watched_instances(pqxx::work& tx) {
  const auto rows = tx.exec(
      "SELECT id, name, hostname, labels, "
      "GREATEST(0, extract(epoch FROM now() - last_seen))::bigint AS silent_for, " +
      ms_of("last_seen") + " FROM instances LEFT JOIN instance_activity ON source_id = id");
  return read_all<WatchedInstance>(rows, [](const pqxx::row& row) {
    WatchedInstance instance;
    instance.id = uuid_of(row["id"]);
    instance.hostname = row["hostname"].c_str();
    instance.labels = labels_of(row["labels"]);
    instance.name = row["name"].c_str();
    instance.last_seen = optional_instant_of(row["last_seen"]);
    if (instance.last_seen) {
      instance.silent_for = std::chrono::seconds(row["silent_for"].as<std::int64_t>());
    }
    return instance;
  });
}

bool ingest_is_ready(pqxx::work& tx) {
  return tx
      .exec1(
          "SELECT EXISTS (SELECT FROM program_instances WHERE program = 'ingest' AND ready "
          "AND seen_at > now() - interval '30 s')")[0]
      .as<bool>();
}

}  // namespace monitron::store
