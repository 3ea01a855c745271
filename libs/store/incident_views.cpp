#include "store/incident_views.hpp"

#include "base/text.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

// As base's to_rfc3339.
std::string rfc3339(const std::string& column) {
  return "to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";
}

// What people are told of before what is held back before what may fire soon, then the worst first.
constexpr const char* kRank =
    "CASE WHEN a.state = 'pending' THEN 6 WHEN a.suppressed_by IS NULL THEN 0 ELSE 3 END + "
    "CASE r.severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END";
constexpr const char* kAge = "-(extract(epoch FROM a.active_since) * 1000000)::bigint";

std::vector<std::string> texts_of(const pqxx::result& rows) {
  return read_all<std::string>(
      rows, [](const pqxx::row& row) { return std::string(row["row"].c_str()); });
}

AlertPlace place_of(const pqxx::row& row) {
  return {row["rank"].as<int>(), row["age"].as<std::int64_t>(), uuid_of(row["id"])};
}

std::string select_alerts() {
  return std::string("SELECT a.id, ") + kRank + " AS rank, " + kAge +
         " AS age, json_build_object('id', a.id, 'rule_id', a.rule_id, 'rule_name', "
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

std::string to_string(const AlertPlace& place) {
  return std::to_string(place.rank) + " " + std::to_string(place.age) + " " + place.id.str();
}

std::optional<AlertPlace> parse_alert_place(const std::string& text) {
  const auto parts = split_list(text, ' ');
  if (parts.size() != 3) return std::nullopt;
  const auto rank = parse_number<int>(parts[0]);
  const auto age = parse_number<std::int64_t>(parts[1]);
  const auto id = Uuid::parse(parts[2]);
  if (!rank || !age || !id) return std::nullopt;
  return AlertPlace{*rank, *age, *id};
}

AlertRows list_alerts(pqxx::work& tx, const AlertQuery& query) {
  const auto& after = query.after;
  const auto rows = tx.exec_params(
      select_alerts() + "AND ($1::int IS NULL OR (" + kRank + ", " + kAge +
          ", a.id) > ($1, $2::bigint, $3::uuid)) AND ($4 = '' OR a.state = $4) "
          "AND ($5 = '' OR r.severity = $5) AND ($6::uuid IS NULL OR a.rule_id = $6) "
          "AND ($7::jsonb = '{}' OR a.labels @> $7) AND ($8 = '' OR a.title ILIKE $9 "
          "OR a.text ILIKE $9 OR r.name ILIKE $9 "
          "OR EXISTS (SELECT FROM jsonb_each_text(a.labels) l WHERE l.value ILIKE $9)) "
          "ORDER BY rank, age, a.id LIMIT $10",
      after ? std::optional(after->rank) : std::nullopt,
      after ? std::optional(after->age) : std::nullopt,
      after ? std::optional(after->id.str()) : std::nullopt, query.state, query.severity,
      text_or_null(query.rule_id), json_of(query.labels), query.text, like_pattern(query.text),
      query.limit + 1);
  AlertRows page{texts_of(rows), std::nullopt};
  if (page.items.size() <= static_cast<std::size_t>(query.limit)) return page;
  page.items.pop_back();
  page.next = place_of(rows[query.limit - 1]);
  return page;
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
