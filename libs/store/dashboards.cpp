#include "store/dashboards.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

std::string columns() {
  return "id, name, description, labels, time_from, time_to, refresh_seconds, variables, widgets, "
         "version, " +
         ms_of("created_at") + ", " + ms_of("updated_at");
}

Dashboard read(const pqxx::row& row) {
  Dashboard dashboard;
  dashboard.id = uuid_of(row["id"]);
  dashboard.name = row["name"].c_str();
  dashboard.description = row["description"].c_str();
  dashboard.labels = labels_of(row["labels"]);
  dashboard.time_from = row["time_from"].c_str();
  dashboard.time_to = row["time_to"].c_str();
  dashboard.refresh_seconds = row["refresh_seconds"].as<int>();
  dashboard.variables = row["variables"].c_str();
  dashboard.widgets = row["widgets"].c_str();
  dashboard.version = row["version"].as<int>();
  dashboard.created_at = instant_of(row["created_at"]);
  dashboard.updated_at = instant_of(row["updated_at"]);
  return dashboard;
}

std::optional<Dashboard> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

}  // namespace

std::optional<Dashboard> find_dashboard(pqxx::work& tx, const Uuid& id) {
  return first(tx.exec_params("SELECT " + columns() + " FROM dashboards WHERE id = $1", id.str()));
}

std::optional<Dashboard> find_dashboard_by_name(pqxx::work& tx, const std::string& name) {
  return first(tx.exec_params("SELECT " + columns() + " FROM dashboards WHERE name = $1", name));
}

const Listing& dashboard_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"},
               {"created_at", "dashboards.created_at", SortKey::Type::time},
               {"updated_at", "dashboards.updated_at", SortKey::Type::time}},
      .searched = {"name", "description"}};
  return listing;
}

Page<Dashboard> list_dashboards(pqxx::work& tx, const PageQuery& query,
                                const LabelFilters& labels) {
  const auto list = list_sql(tx, query, dashboard_listing());
  const auto rows =
      tx.exec("SELECT " + columns() + list.value + "FROM dashboards WHERE " + list.where + " AND " +
              has_labels_sql(tx, "labels", labels) + list.order);
  return read_page<Dashboard>(rows, read, query.limit);
}

Dashboard insert_dashboard(pqxx::work& tx, const Dashboard& dashboard) {
  return read(tx.exec_params1(
      "INSERT INTO dashboards (id, name, description, labels, time_from, time_to, "
      "refresh_seconds, variables, widgets) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
      "RETURNING " +
          columns(),
      dashboard.id.str(), dashboard.name, dashboard.description, json_of(dashboard.labels),
      dashboard.time_from, dashboard.time_to, dashboard.refresh_seconds, dashboard.variables,
      dashboard.widgets));
}

std::optional<Dashboard> update_dashboard(pqxx::work& tx, const Dashboard& dashboard) {
  return first(tx.exec_params(
      "UPDATE dashboards SET name = $3, description = $4, labels = $5, time_from = $6, "
      "time_to = $7, refresh_seconds = $8, variables = $9, widgets = $10, "
      "version = version + 1, updated_at = now() WHERE id = $1 AND version = $2 RETURNING " +
          columns(),
      dashboard.id.str(), dashboard.version, dashboard.name, dashboard.description,
      json_of(dashboard.labels), dashboard.time_from, dashboard.time_to, dashboard.refresh_seconds,
      dashboard.variables, dashboard.widgets));
}

bool delete_dashboard(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM dashboards WHERE id = $1", id.str()).affected_rows() == 1;
}

}  // namespace monitron::store
