#pragma once
// Maintenance windows, and what depends on what.

#include "api/context.hpp"
#include "domain/alert_labels.hpp"
#include "domain/maintenance.hpp"
#include "http/router.hpp"
#include "store/checks.hpp"
#include "store/dependencies.hpp"
#include "store/instances.hpp"
#include "store/tx.hpp"

#include <nlohmann/json.hpp>

namespace monitron::api {

// Who is in maintenance now, for the checks and instances of one answer: the windows are read once,
// hosts only if a window is active.
class MaintenanceNow {
 public:
  MaintenanceNow(pqxx::work& tx, Instant now);

  // Whether a window is active at all.
  bool any() const { return !active_.empty(); }
  // Whether one is about what has these labels.
  bool covers(const domain::LabelSet& labels) const;

  // The servers of these checks are looked up.
  void know_hosts(pqxx::work& tx, const std::vector<store::Check>& checks);
  // null, or {id, name, until}.
  nlohmann::ordered_json of(const store::Check& check) const;
  nlohmann::ordered_json of(const store::Instance& instance) const;

 private:
  nlohmann::ordered_json over(const domain::LabelSet& labels) const;

  domain::MaintenancePlan plan_;
  std::vector<domain::MaintenancePlan::Active> active_;
  std::map<Uuid, domain::HostNames> hosts_;
};

void add_maintenance_routes(http::Router& router, Context& context);
// Complains, of each parent, where a check would depend on itself over others.
void refuse_cycles(pqxx::work& tx, const store::Dependency& dependency,
                   std::vector<http::FieldError>& errors);
void add_dependency_routes(http::Router& router, Context& context);

}  // namespace monitron::api
