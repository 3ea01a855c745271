// Alerts and incidents: reading what the notifier keeps.

#include "api/resource.hpp"
#include "api/rules.hpp"
#include "store/incident_views.hpp"

namespace monitron::api {
namespace {

http::Response rows_answer(const store::HistoryRows& page) {
  Json items = Json::array();
  for (const auto& row : page.items) items.push_back(json_or_null(row));
  return page_answer(std::move(items), page.next);
}

Outcome<http::Response> alerts(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {"limit", "cursor"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto query = page_query(request);
  if (!query) return tl::unexpected(query.error());
  const auto page = in_transaction(context.database,
                                   [&](pqxx::work& tx) { return store::list_alerts(tx, *query); });
  if (!page) return tl::unexpected(page.error());
  return rows_answer(*page);
}

Outcome<http::Response> incidents(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {"limit", "cursor", "state", "severity"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto page = page_query(request);
  if (!page) return tl::unexpected(page.error());
  const auto state = choice_query(request, "state", {"open", "resolved"});
  if (!state) return tl::unexpected(state.error());
  const auto severity = choice_query(request, "severity", {"info", "warning", "critical"});
  if (!severity) return tl::unexpected(severity.error());
  const store::IncidentQuery query{.page = *page, .state = *state, .severity = *severity};
  const auto rows = in_transaction(
      context.database, [&](pqxx::work& tx) { return store::list_incidents(tx, query); });
  if (!rows) return tl::unexpected(rows.error());
  return rows_answer(*rows);
}

Outcome<http::Response> incident(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  const auto row = in_transaction(context.database,
                                  [&](pqxx::work& tx) { return store::find_incident(tx, *id); });
  if (!row) return tl::unexpected(row.error());
  if (!*row) return refuse(Fault::not_found, "nothing has this id");
  return json_answer(200, json_or_null(**row));
}

}  // namespace

void add_incident_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/alerts", "read",
        [&context](const auto& request) { return alerts(context, request); });
  mount(router, Method::get, "/api/v1/incidents", "read",
        [&context](const auto& request) { return incidents(context, request); });
  mount(router, Method::get, "/api/v1/incidents/:id", "read",
        [&context](const auto& request) { return incident(context, request); });
}

}  // namespace monitron::api
