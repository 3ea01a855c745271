#include "store/maintenance_windows.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text =
      "id, version, name, description, selector, everything, rrule, local_start, duration_seconds, "
      "time_zone, counts_in_sla, created_by, " +
      ms_of("starts_at") + ", " + ms_of("ends_at") + ", " + ms_of("created_at") + ", " +
      ms_of("updated_at") + ", " + ms_of("in_force_from") + ", " + ms_of("in_force_until");
  return text;
}

MaintenanceWindow read(const pqxx::row& row) {
  MaintenanceWindow window;
  window.id = uuid_of(row["id"]);
  window.version = row["version"].as<int>();
  window.name = row["name"].c_str();
  window.description = row["description"].c_str();
  window.selector = labels_of(row["selector"]);
  window.everything = row["everything"].as<bool>();
  if (row["rrule"].is_null()) {
    window.once = {instant_of(row["starts_at"]), instant_of(row["ends_at"])};
  } else {
    window.recurrence = {row["rrule"].c_str(), row["local_start"].c_str(),
                         std::chrono::seconds(row["duration_seconds"].as<int>()),
                         row["time_zone"].c_str()};
  }
  window.counts_in_sla = row["counts_in_sla"].as<bool>();
  window.created_by = row["created_by"].c_str();
  window.created_at = instant_of(row["created_at"]);
  window.updated_at = instant_of(row["updated_at"]);
  window.in_force_from = instant_of(row["in_force_from"]);
  window.in_force_until = optional_instant_of(row["in_force_until"]);
  return window;
}

std::optional<MaintenanceWindow> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

// The columns of a version, from $4 on; with their types, since all of some may be null.
struct Times {
  std::optional<std::int64_t> starts_at, ends_at;
  std::optional<std::string> rrule, local_start, time_zone;
  std::optional<std::int64_t> duration_seconds;
};

Times times_of(const MaintenanceWindow& window) {
  Times times;
  if (window.once) {
    times.starts_at = to_ms(window.once->from);
    times.ends_at = to_ms(window.once->to);
  }
  if (const auto& again = window.recurrence) {
    times.rrule = again->rrule;
    times.local_start = again->start;
    times.time_zone = again->time_zone;
    times.duration_seconds = again->duration.count();
  }
  return times;
}

MaintenanceWindow insert_version(pqxx::work& tx, const MaintenanceWindow& window,
                                 const std::string& in_force_from) {
  const auto times = times_of(window);
  return read(tx.exec_params1(
      "INSERT INTO maintenance_windows (id, version, name, description, selector, everything, "
      "starts_at, ends_at, rrule, local_start, duration_seconds, time_zone, counts_in_sla, "
      "created_by, created_at, in_force_from) VALUES ($1, $2, $3, $4, $5, $6, " +
          from_ms_sql(7) + ", " + from_ms_sql(8) + ", $9, $10, $11, $12, $13, $14, coalesce(" +
          from_ms_sql(15) + ", now()), " + in_force_from + ") RETURNING " + columns(),
      window.id.str(), window.version, window.name, window.description, json_of(window.selector),
      window.everything, times.starts_at, times.ends_at, times.rrule, times.local_start,
      times.duration_seconds, times.time_zone, window.counts_in_sla, window.created_by,
      window.version == 1 ? std::nullopt : std::optional(to_ms(window.created_at))));
}

pqxx::result close(pqxx::work& tx, const Uuid& id, std::optional<int> version) {
  return tx.exec_params(
      "UPDATE maintenance_windows SET in_force_until = now() WHERE id = $1 AND in_force_until IS "
      "NULL AND ($2::integer IS NULL OR version = $2) RETURNING " +
          columns(),
      id.str(), version);
}

}  // namespace

std::vector<MaintenanceWindow> maintenance_windows(pqxx::work& tx) {
  return read_all<MaintenanceWindow>(
      tx.exec("SELECT " + columns() +
              " FROM maintenance_windows WHERE in_force_until IS NULL AND (rrule IS NOT NULL OR "
              "ends_at > now()) ORDER BY id"),
      read);
}

std::vector<MaintenanceWindow> windows_outside_sla(pqxx::work& tx, Instant from, Instant to) {
  return read_all<MaintenanceWindow>(
      tx.exec_params("SELECT " + columns() +
                         " FROM maintenance_windows WHERE NOT counts_in_sla AND in_force_from < " +
                         from_ms_sql(2) + " AND coalesce(in_force_until, 'infinity') > " +
                         from_ms_sql(1) + " AND coalesce(ends_at, 'infinity') > " + from_ms_sql(1) +
                         " AND coalesce(starts_at, '-infinity') < " + from_ms_sql(2) +
                         " ORDER BY id, version",
                     to_ms(from), to_ms(to)),
      read);
}

std::optional<MaintenanceWindow> find_maintenance_window(pqxx::work& tx, const Uuid& id) {
  return first(tx.exec_params(
      "SELECT " + columns() + " FROM maintenance_windows WHERE id = $1 AND in_force_until IS NULL",
      id.str()));
}

const Listing& maintenance_window_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"},
               {"created_at", "maintenance_windows.created_at", SortKey::Type::time},
               {"updated_at", "maintenance_windows.updated_at", SortKey::Type::time}},
      .searched = {"name", "description"}};
  return listing;
}

Page<MaintenanceWindow> list_maintenance_windows(pqxx::work& tx, const PageQuery& query,
                                                 const std::optional<std::vector<Uuid>>& ids) {
  const auto list = list_sql(tx, query, maintenance_window_listing());
  return read_page<MaintenanceWindow>(
      tx.exec_params("SELECT " + columns() + list.value +
                         "FROM maintenance_windows WHERE in_force_until IS NULL AND " + list.where +
                         " AND ($1::uuid[] IS NULL OR id = ANY($1::uuid[]))" + list.order,
                     ids ? std::optional(array_of(*ids)) : std::nullopt),
      read, query.limit);
}

MaintenanceWindow insert_maintenance_window(pqxx::work& tx, const MaintenanceWindow& window) {
  auto made = window;
  made.version = 1;
  return insert_version(tx, made, "least(now(), " + from_ms_sql(7) + ")");
}

std::optional<MaintenanceWindow> update_maintenance_window(pqxx::work& tx,
                                                           const MaintenanceWindow& window) {
  const auto before = first(close(tx, window.id, window.version));
  if (!before) return std::nullopt;
  auto next = window;
  next.version = before->version + 1;
  next.created_by = before->created_by;
  next.created_at = before->created_at;
  return insert_version(tx, next, "now()");
}

bool delete_maintenance_window(pqxx::work& tx, const Uuid& id) {
  return close(tx, id, std::nullopt).affected_rows() == 1;
}

}  // namespace monitron::store
