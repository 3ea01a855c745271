#pragma once
// Dashboards: grids of widgets that people put together. Written by api.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Dashboard {
  Uuid id{};
  std::string name{};  // no other has it
  std::string description{};
  Labels labels{};
  std::string time_from{};  // "now-6h", or a time (RFC 3339)
  std::string time_to{};
  int refresh_seconds = 0;       // 0: not by itself
  std::string variables = "[]";  // JSON lists, as the API has them, in their order
  std::string widgets = "[]";
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

std::optional<Dashboard> find_dashboard(pqxx::work& tx, const Uuid& id);
std::optional<Dashboard> find_dashboard_by_name(pqxx::work& tx, const std::string& name);
const Listing& dashboard_listing();
Page<Dashboard> list_dashboards(pqxx::work& tx, const PageQuery& query, const LabelFilters& labels);
// Throws unique_violation for a name that is taken.
Dashboard insert_dashboard(pqxx::work& tx, const Dashboard& dashboard);
// Nothing when it has another version.
std::optional<Dashboard> update_dashboard(pqxx::work& tx, const Dashboard& dashboard);
bool delete_dashboard(pqxx::work& tx, const Uuid& id);

}  // namespace monitron::store
