#include "store/incident_views.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

// As base's to_rfc3339.
std::string rfc3339(const std::string& column) {
  return "to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
}

std::vector<std::string> texts_of(const pqxx::result& rows) {
  return read_all<std::string>(
      rows, [](const pqxx::row& row) { return std::string(row["row"].c_str()); });
}

// What people are told of before what is held back before what may fire soon, then the worst first,
// then the newest first: in one number of 16 digits and a leading one.
const std::string& urgency() {
  static const std::string sql =
      "(CASE WHEN a.state = 'pending' THEN 6 WHEN a.suppressed_by IS NULL THEN 0 ELSE 3 END + "
      "CASE r.severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END) * "
      "10000000000000000 - (extract(epoch FROM a.active_since) * 1000000)::bigint";
  return sql;
}

// `value`: a column more.
std::string select_alerts(const std::string& value = "") {
  return "SELECT a.id" + value +
         ", json_build_object('id', a.id, 'rule_id', a.rule_id, 'rule_name', "
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

const Listing& alert_listing() {
  static const Listing listing{
      .keys = {{"urgency", urgency(), SortKey::Type::whole},
               {"active_since", "a.active_since", SortKey::Type::time},
               {"severity", "array_position(ARRAY['info', 'warning', 'critical'], r.severity)",
                SortKey::Type::whole},
               {"rule_name", "lower(r.name)"}},
      .searched = {"a.title", "a.text", "r.name",
                   "(SELECT string_agg(value, ' ') FROM jsonb_each_text(a.labels))"},
      .id = "a.id",
      .usual = "urgency"};
  return listing;
}

Page<AlertRow> list_alerts(pqxx::work& tx, const AlertQuery& query) {
  const auto list = list_sql(tx, query.page, alert_listing());
  const auto rows = tx.exec_params(
      select_alerts(list.value) + "AND " + list.where + " AND " +
          has_labels_sql(tx, "a.labels", query.labels) +
          " AND ($1 = '' OR a.state = $1) AND ($2 = '' OR r.severity = $2) "
          "AND ($3::uuid IS NULL OR a.rule_id = $3) AND " +
          told_in_scope_sql("a.labels", 4) + list.order,
      query.state, query.severity, text_or_null(query.rule_id), scope_parameter(query.scope));
  return read_page<AlertRow>(
      rows,
      [](const pqxx::row& row) {
        return AlertRow{uuid_of(row["id"]), row["row"].c_str()};
      },
      query.page.limit);
}

std::optional<std::string> find_alert(pqxx::work& tx, const Uuid& id) {
  auto rows = texts_of(tx.exec_params(select_alerts() + "AND a.id = $1", id.str()));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

int count_alerts_with(pqxx::work& tx, const Labels& labels) {
  return tx
      .exec_params1(
          "SELECT count(*) FROM alert_states a JOIN rules r ON r.id = a.rule_id WHERE a.labels || "
          "jsonb_build_object('alertname', r.name, 'severity', r.severity) @> $1::jsonb",
          json_of(labels))[0]
      .as<int>();
}

AlertCounts count_alerts(pqxx::work& tx) {
  const auto row = tx.exec1(
      "SELECT count(*) FILTER (WHERE a.state = 'firing' AND a.suppressed_by IS NULL), "
      "count(*) FILTER (WHERE a.state = 'firing' AND a.suppressed_by IS NOT NULL), "
      "count(*) FILTER (WHERE a.state = 'pending'), "
      "(SELECT count(*) FROM incidents WHERE resolved_at IS NULL AND audience IS NULL "
      "AND NOT drill) "
      "FROM alert_states a JOIN rules r ON r.id = a.rule_id");
  return {row[0].as<int>(), row[1].as<int>(), row[2].as<int>(), row[3].as<int>()};
}

std::vector<AlertNames> names_of_firing(pqxx::work& tx) {
  return read_all<AlertNames>(
      tx.exec("SELECT a.labels, r.name, r.severity FROM alert_states a JOIN rules r "
              "ON r.id = a.rule_id WHERE a.state = 'firing' AND a.suppressed_by IS NULL"),
      [](const pqxx::row& row) {
        return AlertNames{labels_of(row["labels"]), row["name"].c_str(), row["severity"].c_str()};
      });
}

}  // namespace monitron::store
