#include "store/dependencies.hpp"

#include "store/row.hpp"

#include <algorithm>
#include <iterator>

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text =
      "id, name, children, child_check_id, to_json(parents) AS parents, version, " +
      ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

std::vector<Uuid> uuids_of(const pqxx::field& field) {
  std::vector<Uuid> ids;
  for (const auto& text : texts_of(field)) ids.push_back(Uuid::parse(text).value_or(Uuid{}));
  return ids;
}

Dependency read(const pqxx::row& row) {
  Dependency dependency;
  dependency.id = uuid_of(row["id"]);
  dependency.name = row["name"].c_str();
  dependency.children = labels_of(row["children"]);
  dependency.child_check_id = optional_uuid_of(row["child_check_id"]);
  dependency.parents = uuids_of(row["parents"]);
  dependency.version = row["version"].as<int>();
  dependency.created_at = instant_of(row["created_at"]);
  dependency.updated_at = instant_of(row["updated_at"]);
  return dependency;
}

std::optional<Dependency> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

constexpr const char* kOfInstances =
    "SELECT r.id, left(f.name || ' depends on ' || t.name, 200) AS name, "
    "jsonb_build_object('instance', f.hostname) AS children, NULL::uuid AS child_check_id, "
    "array_agg(c.id ORDER BY c.id) AS parents, r.version, r.created_at, r.updated_at "
    "FROM instance_relations r JOIN instances f ON f.id = r.instance_id "
    "JOIN instances t ON t.id = r.target_id JOIN checks c ON c.instance_id = t.id "
    "WHERE r.kind = 'depends-on' GROUP BY r.id, f.id, t.id";

}  // namespace

std::vector<Dependency> dependencies(pqxx::work& tx) {
  auto all = read_all<Dependency>(tx.exec("SELECT " + columns() + " FROM dependencies"), read);
  auto of_instances = read_all<Dependency>(
      tx.exec("SELECT " + columns() + " FROM (" + kOfInstances + ") AS dependencies"), read);
  std::move(of_instances.begin(), of_instances.end(), std::back_inserter(all));
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return all;
}

std::optional<Dependency> find_dependency(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM dependencies WHERE id = $1", id.str()));
}

const Listing& dependency_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"},
               {"created_at", "dependencies.created_at", SortKey::Type::time},
               {"updated_at", "dependencies.updated_at", SortKey::Type::time}},
      .searched = {"name"}};
  return listing;
}

Page<Dependency> list_dependencies(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, dependency_listing());
  return read_page<Dependency>(tx.exec("SELECT " + columns() + list.value +
                                       "FROM dependencies WHERE " + list.where + list.order),
                               read, query.limit);
}

Dependency insert_dependency(pqxx::work& tx, const Dependency& dependency) {
  return read(
      tx.exec_params1("INSERT INTO dependencies (id, name, children, child_check_id, parents) "
                      "VALUES ($1, $2, $3, $4, $5::uuid[]) RETURNING " +
                          columns(),
                      dependency.id.str(), dependency.name, json_of(dependency.children),
                      text_or_null(dependency.child_check_id), array_of(dependency.parents)));
}

std::optional<Dependency> update_dependency(pqxx::work& tx, const Dependency& dependency) {
  return first(tx.exec_params(
      "UPDATE dependencies SET name = $3, children = $4, child_check_id = $5, parents = "
      "$6::uuid[], version = version + 1, updated_at = now() WHERE id = $1 AND version = $2 "
      "RETURNING " +
          columns(),
      dependency.id.str(), dependency.version, dependency.name, json_of(dependency.children),
      text_or_null(dependency.child_check_id), array_of(dependency.parents)));
}

bool delete_dependency(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM dependencies WHERE id = $1", id.str()).affected_rows() == 1;
}

void lock_dependencies(pqxx::work& tx) {
  // Does not stop readers, and not the triggers that delete.
  tx.exec("SELECT pg_advisory_xact_lock(hashtext('dependencies'))");
}

std::vector<Uuid> unknown_checks(pqxx::work& tx, const std::vector<Uuid>& ids) {
  auto unknown = ids;
  const auto rows = tx.exec_params("SELECT id FROM checks WHERE id = ANY($1::uuid[]) FOR KEY SHARE",
                                   array_of(ids));
  for (const auto& row : rows) std::erase(unknown, uuid_of(row["id"]));
  return unknown;
}

}  // namespace monitron::store
