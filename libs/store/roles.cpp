#include "store/roles.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text = "id, name, description, permissions, built_in, version, " +
                                  ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

Role read(const pqxx::row& row) {
  Role role;
  role.id = uuid_of(row["id"]);
  role.name = row["name"].c_str();
  role.description = row["description"].c_str();
  role.permissions = texts_of(row["permissions"]);
  role.built_in = row["built_in"].as<bool>();
  role.version = row["version"].as<int>();
  role.created_at = instant_of(row["created_at"]);
  role.updated_at = instant_of(row["updated_at"]);
  return role;
}

std::optional<Role> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

}  // namespace

std::optional<Role> find_role(pqxx::work& tx, const Uuid& id) {
  return first(tx.exec_params("SELECT " + columns() + " FROM roles WHERE id = $1", id.str()));
}

std::optional<Role> find_role_by_name(pqxx::work& tx, const std::string& name) {
  return first(tx.exec_params("SELECT " + columns() + " FROM roles WHERE name = $1", name));
}

const Listing& role_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"}, {"created_at", "roles.created_at", SortKey::Type::time}},
      .searched = {"name", "description"}};
  return listing;
}

Page<Role> list_roles(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, role_listing());
  return read_page<Role>(
      tx.exec("SELECT " + columns() + list.value + "FROM roles WHERE " + list.where + list.order),
      read, query.limit);
}

Role insert_role(pqxx::work& tx, const Role& role) {
  return read(
      tx.exec_params1("INSERT INTO roles (id, name, description, permissions) "
                      "VALUES ($1, $2, $3, $4::jsonb) RETURNING " +
                          columns(),
                      role.id.str(), role.name, role.description, json_of(role.permissions)));
}

std::optional<Role> update_role(pqxx::work& tx, const Role& role) {
  return first(tx.exec_params(
      "UPDATE roles SET name = $3, description = $4, permissions = $5::jsonb, "
      "version = version + 1, updated_at = now() "
      "WHERE id = $1 AND version = $2 AND NOT built_in RETURNING " +
          columns(),
      role.id.str(), role.version, role.name, role.description, json_of(role.permissions)));
}

bool delete_role(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM roles WHERE id = $1 AND NOT built_in", id.str())
             .affected_rows() == 1;
}

RoleUse role_use(pqxx::work& tx, const std::string& name) {
  const auto row = tx.exec_params1(
      "SELECT (SELECT count(*) FROM users WHERE role = $1), "
      "(SELECT count(*) FROM invitations WHERE role = $1 AND expires_at > now()), "
      "(SELECT count(*) FROM grants WHERE role = $1)",
      name);
  return {row[0].as<int>(), row[1].as<int>(), row[2].as<int>()};
}

std::map<std::string, std::vector<std::string>> custom_roles(pqxx::work& tx) {
  std::map<std::string, std::vector<std::string>> roles;
  for (const auto& row : tx.exec("SELECT name, permissions FROM roles WHERE NOT built_in")) {
    roles[row[0].c_str()] = texts_of(row[1]);
  }
  return roles;
}

}  // namespace monitron::store
