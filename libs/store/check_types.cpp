#include "store/check_types.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text =
      "id, name, definition, version, " + ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

CheckType read(const pqxx::row& row) {
  CheckType type;
  type.id = uuid_of(row["id"]);
  type.name = row["name"].c_str();
  type.definition = row["definition"].c_str();
  type.version = row["version"].as<int>();
  type.created_at = instant_of(row["created_at"]);
  type.updated_at = instant_of(row["updated_at"]);
  return type;
}

std::optional<CheckType> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

}  // namespace

std::vector<CheckType> check_types(pqxx::work& tx) {
  return read_all<CheckType>(tx.exec("SELECT " + columns() + " FROM check_types ORDER BY name"),
                             read);
}

std::optional<CheckType> find_check_type(pqxx::work& tx, const std::string& name) {
  return first(tx.exec_params("SELECT " + columns() + " FROM check_types WHERE name = $1", name));
}

std::optional<CheckType> insert_check_type(pqxx::work& tx, const CheckType& type) {
  return first(
      tx.exec_params("INSERT INTO check_types (id, name, definition) VALUES ($1, $2, $3) "
                     "ON CONFLICT DO NOTHING RETURNING " +
                         columns(),
                     type.id.str(), type.name, type.definition));
}

std::optional<CheckType> update_check_type(pqxx::work& tx, const CheckType& type) {
  return first(tx.exec_params(
      "UPDATE check_types SET definition = $3, version = version + 1, updated_at = now() "
      "WHERE name = $1 AND version = $2 RETURNING " +
          columns(),
      type.name, type.version, type.definition));
}

bool delete_check_type(pqxx::work& tx, const std::string& name) {
  return tx.exec_params("DELETE FROM check_types WHERE name = $1", name).affected_rows() == 1;
}

}  // namespace monitron::store
