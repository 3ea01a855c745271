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

std::string select_alerts() {
  return "SELECT a.id, json_build_object('id', a.id, 'rule_id', a.rule_id, 'rule_name', "
         "r.name, 'state', a.state, 'severity', r.severity, 'labels', a.labels, "
         "'annotations', r.annotations, 'title', a.title, 'text', a.text, 'value', a.value, "
         "'active_since', " +
         rfc3339("a.active_since") +
         ", 'incident_id', a.incident_id, 'suppressed_by', a.suppressed_by, "
         "'keep_firing_until', " +
         rfc3339("a.keep_firing_until") +
         ") AS row FROM alert_states a "
         "JOIN rules r ON r.id = a.rule_id WHERE a.state IN ('pending', 'firing') ";
}

}  // namespace

HistoryRows list_alerts(pqxx::work& tx, const PageQuery& query) {
  return rows_of(
      tx.exec_params(select_alerts() + "AND ($1::uuid IS NULL OR a.id > $1) ORDER BY a.id LIMIT $2",
                     text_or_null(query.after), query.limit + 1),
      query.limit);
}

std::optional<std::string> find_alert(pqxx::work& tx, const Uuid& id) {
  auto rows = rows_of(tx.exec_params(select_alerts() + "AND a.id = $1", id.str()), 1);
  if (rows.items.empty()) return std::nullopt;
  return std::move(rows.items.front());
}

std::vector<std::string> alerts_about(pqxx::work& tx, const std::string& subject) {
  constexpr int most = 1000;
  return rows_of(tx.exec_params(select_alerts() + "AND a.subject = $1 ORDER BY a.id LIMIT $2",
                                subject, most),
                 most)
      .items;
}

AlertCounts count_alerts(pqxx::work& tx) {
  const auto row = tx.exec1(
      "SELECT count(*) FILTER (WHERE a.state = 'firing' AND a.suppressed_by IS NULL), "
      "count(*) FILTER (WHERE a.state = 'pending'), "
      "(SELECT count(*) FROM incidents WHERE resolved_at IS NULL AND audience IS NULL "
      "AND NOT drill) "
      "FROM alert_states a JOIN rules r ON r.id = a.rule_id");
  return {row[0].as<int>(), row[1].as<int>(), row[2].as<int>()};
}

}  // namespace monitron::store
