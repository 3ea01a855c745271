#include "api/overview.hpp"

#include "api/maintenance.hpp"
#include "api/resource.hpp"
#include "store/incident_views.hpp"
#include "store/overview.hpp"

namespace monitron::api {
namespace {

struct Counts {
  store::StatusCounts status{};
  int maintenance = 0;  // none of the others
};

Counts count(const std::vector<store::Standing>& standings, const MaintenanceNow& maintenance) {
  Counts counts;
  for (const auto& one : standings) {
    if (maintenance.covers(one.labels)) {
      ++counts.maintenance;
    } else {
      counts.status.add(one.status);
    }
  }
  return counts;
}

Json counts_json(const Counts& counts) {
  const auto& [up, down, unknown] = counts.status;
  return {{"total", up + down + unknown + counts.maintenance},
          {"up", up},
          {"down", down},
          {"unknown", unknown},
          {"maintenance", counts.maintenance}};
}

Outcome<http::Response> overview(Context& context, const http::Request& request) {
  if (auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto alerts = store::count_alerts(tx);
    // One by one only while a window is active.
    const MaintenanceNow maintenance(tx, context.clock.now());
    const bool any = maintenance.any();
    const auto instances = any ? count(store::instance_standings(tx), maintenance)
                               : Counts{store::count_instances(tx)};
    const auto checks =
        any ? count(store::check_standings(tx), maintenance) : Counts{store::count_checks(tx)};
    return json_answer(200, {{"instances", counts_json(instances)},
                             {"checks", counts_json(checks)},
                             {"alerts",
                              {{"firing", alerts.firing},
                               {"suppressed", alerts.suppressed},
                               {"pending", alerts.pending}}},
                             {"incidents_open", alerts.incidents_open}});
  });
}

Json role_json(const store::RoleHealth& role) {
  return {{"role", role.role},
          {"instances", role.instances},
          {"ready", role.ready},
          {"detail", role.detail}};
}

// Every role must have somebody who is ready. Without the database nothing can be said but that.
http::Response health(Context& context, const http::Request&) {
  const auto roles =
      context.database.transact([&](pqxx::work& tx) { return store::role_health(tx); });
  Json items = Json::array();
  bool good = roles.has_value();
  if (!roles) {
    items.push_back(role_json({"postgres", 0, 0, "no answer"}));
  } else {
    for (const auto& role : *roles) {
      items.push_back(role_json(role));
      good = good && role.ready > 0;
    }
  }
  return json_answer(good ? 200 : 503,
                     {{"status", good ? "ok" : "degraded"}, {"roles", std::move(items)}});
}

}  // namespace

void add_overview_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/overview", "read",
        [&context](const auto& request) { return overview(context, request); });
  for (const auto* path : {"/health", "/readyz"}) {
    router.add(Method::get, path, http::open_to_all(),
               [&context](const auto& request) { return health(context, request); });
  }
}

}  // namespace monitron::api
