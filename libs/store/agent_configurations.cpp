#include "store/agent_configurations.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

std::string columns() {
  return "id, name, description, labels, priority, settings, version, " + ms_of("created_at") +
         ", " + ms_of("updated_at");
}

AgentConfiguration read(const pqxx::row& row) {
  AgentConfiguration one;
  one.id = uuid_of(row["id"]);
  one.name = row["name"].c_str();
  one.description = row["description"].c_str();
  one.labels = labels_of(row["labels"]);
  one.priority = row["priority"].as<int>();
  one.settings = row["settings"].c_str();
  one.version = row["version"].as<int>();
  one.created_at = instant_of(row["created_at"]);
  one.updated_at = instant_of(row["updated_at"]);
  return one;
}

std::optional<AgentConfiguration> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

}  // namespace

std::optional<AgentConfiguration> find_agent_configuration(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM agent_configurations WHERE id = $1", id.str()));
}

std::optional<AgentConfiguration> find_agent_configuration_by_name(pqxx::work& tx,
                                                                   const std::string& name) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM agent_configurations WHERE name = $1", name));
}

const Listing& agent_configuration_listing() {
  static const Listing listing{.keys = {{"name", "lower(name)"},
                                        {"priority", "priority", SortKey::Type::whole},
                                        {"created_at", "created_at", SortKey::Type::time},
                                        {"updated_at", "updated_at", SortKey::Type::time}},
                               .searched = {"name", "description"}};
  return listing;
}

Page<AgentConfiguration> list_agent_configurations(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, agent_configuration_listing());
  const auto rows = tx.exec("SELECT " + columns() + list.value +
                            "FROM agent_configurations WHERE " + list.where + list.order);
  return read_page<AgentConfiguration>(rows, read, query.limit);
}

AgentConfiguration insert_agent_configuration(pqxx::work& tx, const AgentConfiguration& one) {
  return read(tx.exec_params1(
      "INSERT INTO agent_configurations (id, name, description, labels, priority, settings) "
      "VALUES ($1, $2, $3, $4, $5, $6) RETURNING " +
          columns(),
      one.id.str(), one.name, one.description, json_of(one.labels), one.priority, one.settings));
}

std::optional<AgentConfiguration> update_agent_configuration(pqxx::work& tx,
                                                             const AgentConfiguration& one) {
  return first(tx.exec_params(
      "UPDATE agent_configurations SET name = $3, description = $4, labels = $5, priority = $6, "
      "settings = $7, version = version + 1, updated_at = now() WHERE id = $1 AND version = $2 "
      "RETURNING " +
          columns(),
      one.id.str(), one.version, one.name, one.description, json_of(one.labels), one.priority,
      one.settings));
}

bool delete_agent_configuration(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM agent_configurations WHERE id = $1", id.str())
             .affected_rows() == 1;
}

// Of keys that come again, jsonb keeps the last; its text is the same for the same content.
std::optional<AgentSettings> agent_settings_of(pqxx::work& tx, const Uuid& instance) {
  const auto rows = tx.exec_params(
      "SELECT left(md5(of.settings::text), 16) AS version, of.settings FROM instances i, LATERAL "
      "(SELECT coalesce(jsonb_object_agg(s.key, s.value ORDER BY c.priority, c.name), '{}') "
      "AS settings FROM agent_configurations c, jsonb_each(c.settings) s "
      "WHERE i.labels @> c.labels) of WHERE i.id = $1",
      instance.str());
  if (rows.empty()) return std::nullopt;
  return AgentSettings{rows[0]["version"].c_str(), rows[0]["settings"].c_str()};
}

}  // namespace monitron::store
