#include "store/rules.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text =
      "id, name, kind, expr, check_id, label_selector, for_seconds, interval_seconds, severity, "
      "labels, annotations, enabled, keep_firing_for_seconds, no_data, states, record, group_name, "
      "parameters, version, " +
      ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

// Of kinds without parameters, and what is not there: as they are by default.
domain::AnomalyParameters anomaly_of(const pqxx::field& field) {
  const auto json = nlohmann::json::parse(field.c_str());
  domain::AnomalyParameters anomaly;
  if (json.empty()) return anomaly;
  anomaly.season = domain::parse_season(json.value("season", "")).value_or(anomaly.season);
  anomaly.direction =
      domain::parse_direction(json.value("direction", "")).value_or(anomaly.direction);
  anomaly.sensitivity = json.value("sensitivity", anomaly.sensitivity);
  anomaly.min_change = json.value("min_change", anomaly.min_change);
  anomaly.min_history =
      std::chrono::seconds(json.value("min_history_seconds", anomaly.min_history.count()));
  return anomaly;
}

std::string parameters_of(const Rule& rule) {
  if (rule.kind != "anomaly") return "{}";
  const auto& anomaly = rule.anomaly;
  return nlohmann::json{{"season", domain::to_string(anomaly.season)},
                        {"direction", domain::to_string(anomaly.direction)},
                        {"sensitivity", anomaly.sensitivity},
                        {"min_change", anomaly.min_change},
                        {"min_history_seconds", anomaly.min_history.count()}}
      .dump();
}

Rule read(const pqxx::row& row) {
  Rule rule;
  rule.id = uuid_of(row["id"]);
  rule.name = row["name"].c_str();
  rule.kind = row["kind"].c_str();
  rule.expr = row["expr"].c_str();
  rule.check_id = optional_uuid_of(row["check_id"]);
  rule.label_selector = labels_of(row["label_selector"]);
  rule.for_seconds = row["for_seconds"].as<int>();
  rule.interval_seconds = row["interval_seconds"].as<int>();
  rule.severity = row["severity"].c_str();
  rule.labels = labels_of(row["labels"]);
  rule.annotations = labels_of(row["annotations"]);
  rule.enabled = row["enabled"].as<bool>();
  rule.keep_firing_for_seconds = row["keep_firing_for_seconds"].as<int>();
  rule.no_data = row["no_data"].c_str();
  rule.states = texts_of(row["states"]);
  rule.record = row["record"].c_str();
  rule.group_name = row["group_name"].c_str();
  rule.anomaly = anomaly_of(row["parameters"]);
  rule.version = row["version"].as<int>();
  rule.created_at = instant_of(row["created_at"]);
  rule.updated_at = instant_of(row["updated_at"]);
  return rule;
}

std::optional<Rule> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

void tell(pqxx::work& tx) { tx.exec("NOTIFY rules_changed"); }

}  // namespace

std::optional<Rule> find_rule(pqxx::work& tx, const Uuid& id) {
  return first(tx.exec_params("SELECT " + columns() + " FROM rules WHERE id = $1", id.str()));
}

const Listing& rule_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"},
               {"kind", "kind"},
               {"severity", "array_position(ARRAY['info', 'warning', 'critical'], severity)",
                SortKey::Type::whole},
               {"group", "lower(group_name)"},
               {"created_at", "rules.created_at", SortKey::Type::time},
               {"updated_at", "rules.updated_at", SortKey::Type::time}},
      .searched = {"name", "expr", "group_name"}};
  return listing;
}

Page<Rule> list_rules(pqxx::work& tx, const PageQuery& query, const LabelFilters& labels,
                      const std::vector<Uuid>& ids) {
  const auto list = list_sql(tx, query, rule_listing());
  const auto rows =
      tx.exec_params("SELECT " + columns() + list.value + "FROM rules WHERE " + list.where +
                         " AND " + has_labels_sql(tx, "labels", labels) +
                         " AND ($1::uuid[] = '{}' OR id = ANY($1::uuid[]))" + list.order,
                     array_of(ids));
  return read_page<Rule>(rows, read, query.limit);
}

std::vector<Rule> enabled_rules(pqxx::work& tx, const std::string& name) {
  return read_all<Rule>(
      tx.exec_params("SELECT " + columns() +
                         " FROM rules WHERE enabled AND ($1 = '' OR name = $1) ORDER BY id",
                     name),
      read);
}

std::vector<Rule> rules_of_groups(pqxx::work& tx, const std::vector<std::string>& groups) {
  return read_all<Rule>(
      tx.exec_params("SELECT " + columns() +
                         " FROM rules WHERE $1::jsonb = '[]' OR $1::jsonb ? group_name "
                         "ORDER BY group_name, id",
                     nlohmann::json(groups).dump()),
      read);
}

void lock_rules(pqxx::work& tx) { tx.exec("LOCK TABLE rules IN SHARE ROW EXCLUSIVE MODE"); }

Rule insert_rule(pqxx::work& tx, const Rule& rule) {
  tell(tx);
  return read(tx.exec_params1(
      "INSERT INTO rules (id, name, kind, expr, check_id, label_selector, for_seconds, severity, "
      "labels, annotations, enabled, interval_seconds, keep_firing_for_seconds, no_data, states, "
      "record, group_name, parameters) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) "
      "RETURNING " +
          columns(),
      rule.id.str(), rule.name, rule.kind, rule.expr, text_or_null(rule.check_id),
      json_of(rule.label_selector), rule.for_seconds, rule.severity, json_of(rule.labels),
      json_of(rule.annotations), rule.enabled, rule.interval_seconds, rule.keep_firing_for_seconds,
      rule.no_data, json_of(rule.states), rule.record, rule.group_name, parameters_of(rule)));
}

std::optional<Rule> update_rule(pqxx::work& tx, const Rule& rule) {
  tell(tx);
  return first(tx.exec_params(
      "UPDATE rules SET name = $3, kind = $4, expr = $5, check_id = $6, label_selector = $7, "
      "for_seconds = $8, severity = $9, labels = $10, annotations = $11, enabled = $12, "
      "interval_seconds = $13, keep_firing_for_seconds = $14, no_data = $15, states = $16, "
      "record = $17, group_name = $18, parameters = $19, version = version + 1, "
      "updated_at = now() WHERE id = $1 AND version = $2 RETURNING " +
          columns(),
      rule.id.str(), rule.version, rule.name, rule.kind, rule.expr, text_or_null(rule.check_id),
      json_of(rule.label_selector), rule.for_seconds, rule.severity, json_of(rule.labels),
      json_of(rule.annotations), rule.enabled, rule.interval_seconds, rule.keep_firing_for_seconds,
      rule.no_data, json_of(rule.states), rule.record, rule.group_name, parameters_of(rule)));
}

bool delete_rule(pqxx::work& tx, const Uuid& id) {
  tell(tx);
  return tx.exec_params("DELETE FROM rules WHERE id = $1", id.str()).affected_rows() == 1;
}

// Limited transactions see these columns alone, so that they are named for all.
std::vector<RuleOnCheck> rules_on_checks(pqxx::work& tx, const std::vector<Uuid>& checks) {
  std::vector<RuleOnCheck> rules;
  for (const auto& row : tx.exec_params(
           "SELECT id, check_id, name, jsonb_build_object('name', name, 'severity', severity, "
           "'annotations', annotations, 'check_id', check_id) AS text FROM rules "
           "WHERE check_id = ANY ($1::uuid[]) ORDER BY name, id",
           array_of(checks))) {
    rules.push_back(
        {uuid_of(row["id"]), uuid_of(row["check_id"]), row["name"].c_str(), row["text"].c_str()});
  }
  return rules;
}

}  // namespace monitron::store
