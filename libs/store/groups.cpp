#include "store/groups.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

// `counted`: which of the members m.
std::string columns(const std::string& counted = "true") {
  return "id, name, description, parent_id, (SELECT count(*) FROM instance_group_members m "
         "WHERE m.group_id = instance_groups.id AND " +
         counted + ") AS members, version, " + ms_of("created_at") + ", " + ms_of("updated_at");
}

// Groups with an instance of the scope, in them or in groups within.
std::string seen_in(int scope) {
  return "($" + std::to_string(scope) +
         "::jsonb IS NULL OR id IN (WITH RECURSIVE up(id) AS (SELECT m.group_id "
         "FROM instance_group_members m WHERE " +
         of_scope_sql("m.instance_id", scope) +
         " UNION SELECT g.parent_id FROM instance_groups g JOIN up USING (id) "
         "WHERE g.parent_id IS NOT NULL) SELECT up.id FROM up))";
}

Group read(const pqxx::row& row) {
  Group group;
  group.id = uuid_of(row["id"]);
  group.name = row["name"].c_str();
  group.description = row["description"].c_str();
  group.parent_id = optional_uuid_of(row["parent_id"]);
  group.members = row["members"].as<int>();
  group.version = row["version"].as<int>();
  group.created_at = instant_of(row["created_at"]);
  group.updated_at = instant_of(row["updated_at"]);
  return group;
}

std::optional<Group> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

// Its members show its name: they become other versions of themselves. They are locked before the
// group, as whoever changes an instance does, and in one order.
void touch_members(pqxx::work& tx, const Group& renamed) {
  tx.exec_params(
      "WITH members AS (SELECT i.id FROM instances i JOIN instance_group_members m "
      "ON m.instance_id = i.id JOIN instance_groups g ON g.id = m.group_id "
      "WHERE g.id = $1 AND g.version = $2 AND g.name <> $3 ORDER BY i.id FOR UPDATE OF i) "
      "UPDATE instances SET version = version + 1, updated_at = now() FROM members "
      "WHERE instances.id = members.id",
      renamed.id.str(), renamed.version, renamed.name);
}

}  // namespace

std::optional<Group> find_group(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM instance_groups WHERE id = $1", id.str()));
}

std::optional<Group> find_group(pqxx::work& tx, const Uuid& id, const Scope& scope) {
  return first(tx.exec_params("SELECT " + columns(of_scope_sql("m.instance_id", 2)) +
                                  " FROM instance_groups WHERE id = $1 AND " + seen_in(2),
                              id.str(), scope_parameter(scope)));
}

std::optional<Group> find_group_by_name(pqxx::work& tx, const std::string& name) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM instance_groups WHERE name = $1", name));
}

const Listing& group_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"},
               {"created_at", "instance_groups.created_at", SortKey::Type::time},
               {"updated_at", "instance_groups.updated_at", SortKey::Type::time}},
      .searched = {"name", "description"}};
  return listing;
}

Page<Group> list_groups(pqxx::work& tx, const GroupQuery& query) {
  const auto list = list_sql(tx, query.page, group_listing());
  const auto rows = tx.exec_params("SELECT " + columns(of_scope_sql("m.instance_id", 2)) +
                                       list.value + "FROM instance_groups WHERE " + list.where +
                                       " AND ($1::uuid[] = '{}' OR id = ANY($1::uuid[])) AND " +
                                       seen_in(2) + list.order,
                                   array_of(query.ids), scope_parameter(query.scope));
  return read_page<Group>(rows, read, query.page.limit);
}

Group insert_group(pqxx::work& tx, const Group& group) {
  return read(tx.exec_params1(
      "INSERT INTO instance_groups (id, name, description, parent_id) "
      "VALUES ($1, $2, $3, $4) RETURNING " +
          columns(),
      group.id.str(), group.name, group.description, text_or_null(group.parent_id)));
}

std::optional<Group> update_group(pqxx::work& tx, const Group& group) {
  touch_members(tx, group);
  return first(tx.exec_params(
      "UPDATE instance_groups SET name = $3, description = $4, parent_id = $5, "
      "version = version + 1, updated_at = now() WHERE id = $1 AND version = $2 RETURNING " +
          columns(),
      group.id.str(), group.version, group.name, group.description, text_or_null(group.parent_id)));
}

bool delete_group(pqxx::work& tx, const Uuid& id) {
  if (auto group = find_group(tx, id)) {
    group->name.clear();
    touch_members(tx, *group);
  }
  return tx.exec_params("DELETE FROM instance_groups WHERE id = $1", id.str()).affected_rows() == 1;
}

void lock_groups(pqxx::work& tx) {
  tx.exec("SELECT pg_advisory_xact_lock(hashtext('instance_groups'))");
}

bool is_within_group(pqxx::work& tx, const Uuid& inner, const Uuid& outer) {
  return !tx.exec_params(
                "WITH RECURSIVE up(id) AS (SELECT $1::uuid UNION "
                "SELECT g.parent_id FROM instance_groups g JOIN up USING (id) "
                "WHERE g.parent_id IS NOT NULL) SELECT FROM up WHERE id = $2",
                inner.str(), outer.str())
              .empty();
}

void set_groups(pqxx::work& tx, const Uuid& instance, const std::vector<std::string>& names) {
  const auto wanted = json_of(names);
  tx.exec_params(
      "DELETE FROM instance_group_members m USING instance_groups g WHERE m.instance_id = $1 "
      "AND g.id = m.group_id AND NOT jsonb_exists($2::jsonb, g.name)",
      instance.str(), wanted);
  if (names.empty()) return;
  // Who may make none keeps those that there are.
  const auto missing = tx.exec_params(
      "SELECT FROM jsonb_array_elements_text($1) AS n (name) "
      "WHERE NOT EXISTS (SELECT FROM instance_groups g WHERE g.name = n.name)",
      wanted);
  if (!missing.empty()) {
    tx.exec_params(
        "INSERT INTO instance_groups (id, name) SELECT gen_random_uuid(), name "
        "FROM (SELECT DISTINCT name FROM jsonb_array_elements_text($1) AS name) n ORDER BY name "
        "ON CONFLICT (name) DO NOTHING",
        wanted);
  }
  tx.exec_params(
      "INSERT INTO instance_group_members SELECT $1, g.id FROM instance_groups g "
      "WHERE g.name IN (SELECT jsonb_array_elements_text($2)) ON CONFLICT DO NOTHING",
      instance.str(), wanted);
}

}  // namespace monitron::store
