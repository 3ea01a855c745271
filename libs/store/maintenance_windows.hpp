#pragma once
// Maintenance windows. Written by api; the notifier and the report service read them. Each change
// wakes whoever listens on the channel "rules_changed".
//
// A row is a version: changing a window closes the version in force and makes the next one,
// deleting it closes it. What was in force at a time can therefore always be told.

#include "domain/maintenance.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct MaintenanceWindow : domain::MaintenanceWindow {
  std::string description{};
  std::string created_by{};
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

// Those in force that are not over yet, by id: what can be active now or later.
std::vector<MaintenanceWindow> maintenance_windows(pqxx::work& tx);
// All versions that were in force at some time in [from, to) and do not count in the SLA.
std::vector<MaintenanceWindow> windows_outside_sla(pqxx::work& tx, Instant from, Instant to);

std::optional<MaintenanceWindow> find_maintenance_window(pqxx::work& tx, const Uuid& id);
const Listing& maintenance_window_listing();
Page<MaintenanceWindow> list_maintenance_windows(
    pqxx::work& tx, const PageQuery& query,
    const std::optional<std::vector<Uuid>>& ids = std::nullopt);
// In force from now on; one that happens once, from its start on, when that is earlier.
MaintenanceWindow insert_maintenance_window(pqxx::work& tx, const MaintenanceWindow& window);
// In force from now on. Nothing when `window.version` is not the one in force.
std::optional<MaintenanceWindow> update_maintenance_window(pqxx::work& tx,
                                                           const MaintenanceWindow& window);
bool delete_maintenance_window(pqxx::work& tx, const Uuid& id);

}  // namespace monitron::store
