#include "api/overview.hpp"

#include "api/resource.hpp"
#include "store/incident_views.hpp"
#include "store/overview.hpp"

namespace monitron::api {
namespace {

Json counts_json(const store::StatusCounts& counts) {
  return {{"total", counts.up + counts.down + counts.unknown},
          {"up", counts.up},
          {"down", counts.down},
          {"unknown", counts.unknown}};
}

Outcome<http::Response> overview(Context& context, const http::Request& request) {
  if (auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto alerts = store::count_alerts(tx);
    return json_answer(200, {{"instances", counts_json(store::count_instances(tx))},
                             {"checks", counts_json(store::count_checks(tx))},
                             {"alerts", {{"firing", alerts.firing}, {"pending", alerts.pending}}},
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
