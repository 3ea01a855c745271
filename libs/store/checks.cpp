#include "store/checks.hpp"

#include "store/check_rows.hpp"

namespace monitron::store {

const std::string& check_columns() {
  static const std::string text =
      "id, name, instance_id, kind, target, interval_seconds, interval_inherited, timeout_seconds, "
      "retry_interval_seconds, locations, quorum, enabled, labels, failures_before_down, "
      "successes_before_up, flap_detection, settings, version, " +
      ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

Check read_check(const pqxx::row& row) {
  Check check;
  check.id = uuid_of(row["id"]);
  check.name = row["name"].c_str();
  check.instance_id = optional_uuid_of(row["instance_id"]);
  check.kind = row["kind"].c_str();
  check.target = row["target"].c_str();
  check.interval_seconds = row["interval_seconds"].as<int>();
  check.interval_inherited = row["interval_inherited"].as<bool>();
  check.timeout_seconds = row["timeout_seconds"].as<int>();
  check.retry_interval_seconds = row["retry_interval_seconds"].as<int>();
  check.locations = texts_of(row["locations"]);
  check.quorum = row["quorum"].as<int>();
  check.enabled = row["enabled"].as<bool>();
  check.labels = labels_of(row["labels"]);
  check.failures_before_down = row["failures_before_down"].as<int>();
  check.successes_before_up = row["successes_before_up"].as<int>();
  check.flap_detection = row["flap_detection"].as<bool>();
  check.settings = row["settings"].c_str();
  check.version = row["version"].as<int>();
  check.created_at = instant_of(row["created_at"]);
  check.updated_at = instant_of(row["updated_at"]);
  return check;
}

namespace {

std::optional<Check> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read_check(rows[0]);
}

}  // namespace

std::optional<Check> find_check(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + check_columns() + " FROM checks WHERE id = $1", id.str()));
}

namespace {

// Labels of the check itself or of its instance; each side has an index.
std::string has_check_labels_sql(pqxx::work& tx, const LabelFilters& filters) {
  std::string sql = "true";
  for (auto filter : filters) {
    const bool differs = filter.how == LabelFilter::How::differs;
    if (differs) filter.how = LabelFilter::How::equals;
    sql += std::string(" AND id ") + (differs ? "NOT " : "") +
           "IN (SELECT l.id FROM checks l WHERE " + has_labels_sql(tx, "l.labels", {filter}) +
           " UNION ALL SELECT l.id FROM instances i JOIN checks l ON l.instance_id = i.id WHERE " +
           has_labels_sql(tx, "i.labels", {filter}) + ")";
  }
  return sql;
}

}  // namespace

const Listing& check_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"},
               {"kind", "kind"},
               {"interval_seconds", "interval_seconds", SortKey::Type::whole},
               {"created_at", "checks.created_at", SortKey::Type::time},
               {"updated_at", "checks.updated_at", SortKey::Type::time}},
      .searched = {"name", "target"}};
  return listing;
}

Page<Check> list_checks(pqxx::work& tx, const CheckQuery& query) {
  const auto list = list_sql(tx, query.page, check_listing());
  const std::string ranked =
      query.limit_each == 0 ? ""
                            : ", row_number() OVER (PARTITION BY instance_id ORDER BY id) AS place";
  const auto few =
      query.limit_each == 0 ? "" : " WHERE place <= " + std::to_string(query.limit_each);
  const auto rows = tx.exec_params(
      "SELECT " + check_columns() + list.value + "FROM (SELECT *" + ranked + " FROM checks WHERE " +
          list.where + " AND " + has_check_labels_sql(tx, query.labels) +
          " AND ($1 = '' OR kind = $1) "
          "AND ($2::uuid[] = '{}' OR instance_id = ANY($2::uuid[])) "
          "AND ($3::uuid[] = '{}' OR id = ANY($3::uuid[])) "
          "AND ($4 = '' OR $4 = (SELECT status FROM check_states WHERE check_id = checks.id)) "
          "AND ($5::uuid IS NULL OR id IN (SELECT (member->>'check_id')::uuid FROM checks g "
          "CROSS JOIN LATERAL jsonb_array_elements(g.settings->'group'->'members') AS member "
          "WHERE g.id = $5 AND g.kind = 'group')) AND ($6::bool IS NULL OR enabled = $6) AND " +
          of_scope_sql("instance_id", 7) + ") AS checks" + few + list.order,
      query.kind, array_of(query.instances), array_of(query.ids), query.status,
      text_or_null(query.group_id), query.enabled, scope_parameter(query.scope));
  return read_page<Check>(rows, read_check, query.page.limit);
}

std::vector<Check> checks_of_kind(pqxx::work& tx, const std::string& kind) {
  return read_all<Check>(
      tx.exec_params("SELECT " + check_columns() + " FROM checks WHERE kind = $1 ORDER BY id",
                     kind),
      read_check);
}

Check insert_check(pqxx::work& tx, const Check& check) {
  return read_check(tx.exec_params1(
      "INSERT INTO checks (id, name, instance_id, kind, target, interval_seconds, timeout_seconds, "
      "locations, enabled, labels, failures_before_down, successes_before_up, settings, "
      "retry_interval_seconds, quorum, interval_inherited, flap_detection) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) "
      "RETURNING " +
          check_columns(),
      check.id.str(), check.name, text_or_null(check.instance_id), check.kind, check.target,
      check.interval_seconds, check.timeout_seconds, json_of(check.locations), check.enabled,
      json_of(check.labels), check.failures_before_down, check.successes_before_up, check.settings,
      check.retry_interval_seconds, check.quorum, check.interval_inherited, check.flap_detection));
}

std::optional<Check> update_check(pqxx::work& tx, const Check& check) {
  return first(tx.exec_params(
      "UPDATE checks SET name = $3, instance_id = $4, kind = $5, target = $6, "
      "interval_seconds = $7, timeout_seconds = $8, locations = $9, enabled = $10, labels = $11, "
      "failures_before_down = $12, successes_before_up = $13, settings = $14, "
      "retry_interval_seconds = $15, quorum = $16, interval_inherited = $17, flap_detection = $18, "
      "version = version + 1, updated_at = now() WHERE id = $1 AND version = $2 RETURNING " +
          check_columns(),
      check.id.str(), check.version, check.name, text_or_null(check.instance_id), check.kind,
      check.target, check.interval_seconds, check.timeout_seconds, json_of(check.locations),
      check.enabled, json_of(check.labels), check.failures_before_down, check.successes_before_up,
      check.settings, check.retry_interval_seconds, check.quorum, check.interval_inherited,
      check.flap_detection));
}

bool delete_check(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM checks WHERE id = $1", id.str()).affected_rows() == 1;
}

std::vector<Check> checks_of_instance(pqxx::work& tx, const Uuid& instance) {
  return read_all<Check>(tx.exec_params("SELECT " + check_columns() +
                                            " FROM checks WHERE instance_id = $1 ORDER BY id",
                                        instance.str()),
                         read_check);
}

std::vector<Check> inheriting_checks(pqxx::work& tx, const Uuid& instance) {
  return read_all<Check>(tx.exec_params("SELECT " + check_columns() +
                                            " FROM checks WHERE instance_id = $1 AND "
                                            "interval_inherited ORDER BY id",
                                        instance.str()),
                         read_check);
}

void set_interval(pqxx::work& tx, const std::vector<Uuid>& checks, int seconds) {
  tx.exec_params0(
      "UPDATE checks SET interval_seconds = $2, version = version + 1, updated_at = now() "
      "WHERE id = ANY ($1::uuid[])",
      array_of(checks), seconds);
}

void insert_check_test(pqxx::work& tx, const Uuid& id, const std::string& definition) {
  tx.exec0("DELETE FROM check_tests WHERE created_at < now() - interval '1 day'");
  tx.exec_params0("INSERT INTO check_tests (id, definition) VALUES ($1, $2)", id.str(), definition);
}

std::optional<int> check_test_age(pqxx::work& tx, const Uuid& id) {
  const auto rows = tx.exec_params(
      "SELECT extract(epoch FROM now() - created_at)::integer FROM check_tests WHERE id = $1",
      id.str());
  if (rows.empty()) return std::nullopt;
  return rows[0][0].as<int>();
}

std::optional<Uuid> check_of_test(pqxx::work& tx, const Uuid& id) {
  const auto rows = tx.exec_params(
      "SELECT (definition->'check'->>'id')::uuid FROM check_tests WHERE id = $1", id.str());
  return rows.empty() ? std::nullopt : optional_uuid_of(rows[0][0]);
}

}  // namespace monitron::store
