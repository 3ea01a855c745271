#include "store/incident_views.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

// As base's to_rfc3339.
std::string rfc3339(const std::string& column) {
  return "to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
}

HistoryRows rows_of(const pqxx::result& rows, int limit) {
  HistoryRows page;
  for (const auto& row : rows) {
    if (page.items.size() == static_cast<std::size_t>(limit)) {
      page.next = rows[limit - 1]["id"].c_str();
      break;
    }
    page.items.emplace_back(row["row"].c_str());
  }
  return page;
}

std::string incident_members() {
  return "'id', i.id, 'rule_id', i.rule_id, 'rule_name', i.rule_name, 'title', i.title, "
         "'severity', i.severity, 'state', CASE WHEN i.resolved_at IS NULL THEN 'open' ELSE "
         "'resolved' END, 'labels', i.labels, 'opened_at', " +
         rfc3339("i.opened_at") + ", 'resolved_at', " + rfc3339("i.resolved_at") +
         ", 'value', i.value";
}

}  // namespace

HistoryRows list_alerts(pqxx::work& tx, const PageQuery& query) {
  return rows_of(
      tx.exec_params(
          "SELECT a.id, json_build_object('id', a.id, 'rule_id', a.rule_id, 'rule_name', "
          "r.name, 'state', a.state, 'severity', r.severity, 'labels', a.labels, "
          "'annotations', r.annotations, 'title', a.title, 'text', a.text, 'value', a.value, "
          "'active_since', " +
              rfc3339("a.active_since") +
              ", 'incident_id', a.incident_id) AS row FROM alert_states a "
              "JOIN rules r ON r.id = a.rule_id WHERE a.state IN ('pending', 'firing') "
              "AND ($1::uuid IS NULL OR a.id > $1) ORDER BY a.id LIMIT $2",
          text_or_null(query.after), query.limit + 1),
      query.limit);
}

HistoryRows list_incidents(pqxx::work& tx, const IncidentQuery& query) {
  return rows_of(
      tx.exec_params("SELECT i.id, json_build_object(" + incident_members() +
                         ") AS row FROM incidents i WHERE ($1::uuid IS NULL OR i.id < $1) "
                         "AND ($2 = '' OR $2 = CASE WHEN i.resolved_at IS NULL THEN 'open' ELSE "
                         "'resolved' END) AND ($3 = '' OR i.severity = $3) "
                         "ORDER BY i.id DESC LIMIT $4",
                     text_or_null(query.page.after), query.state, query.severity,
                     query.page.limit + 1),
      query.page.limit);
}

std::optional<std::string> find_incident(pqxx::work& tx, const Uuid& id) {
  const auto rows = tx.exec_params(
      "SELECT json_build_object(" + incident_members() +
          ", 'events', COALESCE((SELECT json_agg(json_build_object('at', " + rfc3339("e.at") +
          ", 'kind', e.kind, 'text', e.text) ORDER BY e.at, e.id) FROM incident_events e "
          "WHERE e.incident_id = i.id), '[]'::json)) FROM incidents i WHERE i.id = $1",
      id.str());
  if (rows.empty()) return std::nullopt;
  return std::string(rows[0][0].c_str());
}

AlertCounts count_alerts(pqxx::work& tx) {
  const auto row = tx.exec1(
      "SELECT (SELECT count(*) FROM alert_states WHERE state = 'firing'), "
      "(SELECT count(*) FROM alert_states WHERE state = 'pending'), "
      "(SELECT count(*) FROM incidents WHERE resolved_at IS NULL)");
  return {row[0].as<int>(), row[1].as<int>(), row[2].as<int>()};
}

}  // namespace monitron::store
