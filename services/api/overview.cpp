#include "api/overview.hpp"

#include "api/maintenance.hpp"
#include "api/resource.hpp"
#include "api/silenced_now.hpp"
#include "store/incident_views.hpp"
#include "store/overview.hpp"
#include "store/silenced.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::minutes kKnownFor{1};

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

// One by one only while something is silenced.
Json alerts_json(pqxx::work& tx, const store::AlertCounts& counts, const SilencedNow& silenced) {
  int many = 0;
  if (silenced.any() && counts.firing > 0) {
    for (const auto& alert : store::names_of_firing(tx)) {
      if (silenced.covers(alert.labels, alert.rule, alert.severity)) ++many;
    }
  }
  return {{"firing", counts.firing - many},
          {"silenced", many},
          {"suppressed", counts.suppressed},
          {"pending", counts.pending}};
}

// Of those that were looked at lately: without a notifier nothing is known of them.
Json alertmanagers_json(pqxx::work& tx, Instant now) {
  Json peers = Json::array();
  for (const auto& peer : store::peer_states(tx)) {
    if (peer.checked_at < now - kKnownFor) continue;
    peers.push_back({{"name", alertmanager::name_of(peer.url)},
                     {"answers", peer.answers},
                     {"since", to_rfc3339(peer.since)}});
  }
  return peers;
}

Outcome<http::Response> overview(Context& context, const http::Request& request) {
  if (auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto now = context.clock.now();
    const auto alerts = store::count_alerts(tx);
    // One by one only while a window is active.
    const MaintenanceNow maintenance(tx, now);
    const bool any = maintenance.any();
    const auto instances = any ? count(store::instance_standings(tx), maintenance)
                               : Counts{store::count_instances(tx)};
    const auto checks =
        any ? count(store::check_standings(tx), maintenance) : Counts{store::count_checks(tx)};
    return json_answer(200, {{"instances", counts_json(instances)},
                             {"checks", counts_json(checks)},
                             {"alerts", alerts_json(tx, alerts, SilencedNow(tx, now))},
                             {"incidents_open", alerts.incidents_open},
                             {"alertmanagers", alertmanagers_json(tx, now)}});
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
  mount(router, Method::get, "/api/v1/overview", "overview:read",
        [&context](const auto& request) { return overview(context, request); });
  for (const auto* path : {"/health", "/readyz"}) {
    router.add(Method::get, path, http::open_to_all(),
               [&context](const auto& request) { return health(context, request); });
  }
}

}  // namespace monitron::api
