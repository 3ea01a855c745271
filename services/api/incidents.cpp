// Alerts and incidents: reading what the notifier keeps and what people did.

#include "api/channels.hpp"
#include "api/incident_json.hpp"
#include "api/resource.hpp"
#include "api/rules.hpp"
#include "api/silenced_now.hpp"
#include "base/label_name.hpp"
#include "store/incident_views.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::hours kSummarised{24 * 30};  // when nobody says from when
constexpr std::chrono::hours kLongestSummary{24 * 400};

// Takes what was read, or the refusal of it, the first one.
template <class T>
void take(Outcome<T> read, T& into, std::optional<Refusal>& refusal) {
  if (read) {
    into = std::move(*read);
  } else if (!refusal) {
    refusal = std::move(read.error());
  }
}

// By names as alerts have them.
Outcome<store::LabelFilters> plain_label_query(const http::Request& request) {
  auto filters = label_query(request);
  if (!filters) return filters;
  for (auto& filter : *filters) filter.name = as_label_name(filter.name);
  return filters;
}

Outcome<store::AlertQuery> alert_query(const http::Request& request) {
  std::optional<Refusal> refusal;
  store::AlertQuery query;
  take(page_query(request, store::alert_listing(), {"state", "severity", "rule_id", "label"}),
       query.page, refusal);
  take(choice_query(request, "state", {"pending", "firing"}), query.state, refusal);
  take(choice_query(request, "severity", {"info", "warning", "critical"}), query.severity, refusal);
  take(uuid_query(request, "rule_id"), query.rule_id, refusal);
  take(plain_label_query(request), query.labels, refusal);
  if (refusal) return tl::unexpected(std::move(*refusal));
  query.scope = scope_of(request.caller, "alerts:read");
  return query;
}

Outcome<http::Response> alerts(Context& context, const http::Request& request) {
  const auto query = alert_query(request);
  if (!query) return tl::unexpected(query.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto page = store::list_alerts(tx, *query);
    std::vector<std::string> rows;
    for (const auto& row : page.items) rows.push_back(row.json);
    auto items = alerts_json(tx, rows);
    const SilencedNow silenced(tx, context.clock.now());
    for (auto& alert : items) silenced.mark(alert);
    return page_answer(request, std::move(items),
                       page.more ? page.items.back().id.str() + page.value : "");
  });
}

std::optional<domain::IncidentStatus> status_of(const std::string& name) {
  using domain::IncidentStatus;
  for (const auto status :
       {IncidentStatus::open, IncidentStatus::acknowledged, IncidentStatus::resolved}) {
    if (to_string(status) == name) return status;
  }
  return std::nullopt;
}

Outcome<store::IncidentQuery> incident_query(const http::Request& request) {
  std::optional<Refusal> refusal;
  store::IncidentQuery query;
  std::optional<Uuid> owner;
  std::string state;
  TimeRange range;
  take(page_query(request, store::incident_listing(),
                  {"id", "state", "severity", "rule_id", "assignee", "from", "to", "label", "all",
                   "drill"}),
       query.page, refusal);
  take(uuids_query(request, "id"), query.ids, refusal);
  take(choice_query(request, "state", {"open", "acknowledged", "resolved"}), state, refusal);
  take(choice_query(request, "severity", {"info", "warning", "critical"}), query.severity, refusal);
  take(uuid_query(request, "rule_id"), query.rule_id, refusal);
  take(uuid_query(request, "assignee"), query.assignee, refusal);
  take(range_query(request), range, refusal);
  take(plain_label_query(request), query.labels, refusal);
  take(owner_query(request), owner, refusal);
  take(flag_query(request, "drill"), query.drill, refusal);
  if (refusal) return tl::unexpected(std::move(*refusal));
  query.scope = scope_of(request.caller, "incidents:read");
  query.status = status_of(state);
  query.viewer = owner;
  query.of_all = !owner;
  query.from = range.from;
  query.to = range.to;
  return query;
}

Outcome<http::Response> incidents(Context& context, const http::Request& request) {
  const auto query = incident_query(request);
  if (!query) return tl::unexpected(query.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const SilencedNow silenced(tx, context.clock.now());
    return page_answer(request, store::list_incidents(tx, *query),
                       [&](const store::Incident& incident) {
                         auto json = incident_json(incident);
                         silenced.mark(json);
                         return json;
                       });
  });
}

Outcome<http::Response> incident(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto found = store::find_incident(tx, *id);
    if (!found || !is_told(tx, request.caller, "incidents:read", *found)) {
      return refuse(Fault::not_found, "nothing has this id");
    }
    return with_etag(json_answer(200, whole_incident_json(tx, *found, context.clock.now())),
                     store::version_of(tx, *id));
  });
}

Outcome<http::Response> summary(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {"from", "to"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto range = range_query(request);
  if (!range) return tl::unexpected(range.error());
  const auto to = range->to.value_or(context.clock.now());
  const auto from = range->from.value_or(to - kSummarised);
  if (from >= to || to - from > kLongestSummary) {
    return refuse_fields({{"from", "invalid", "must be before to, by at most 400 days"}});
  }
  return in_transaction(context.database, [&](pqxx::work& tx) {
    auto json = Json{{"from", to_rfc3339(from)}, {"to", to_rfc3339(to)}};
    json.update(summary_json(store::summarise_incidents(tx, from, to)));
    return json_answer(200, json);
  });
}

}  // namespace

void add_incident_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/alerts", http::needs_somewhere("alerts:read"),
        [&context](const auto& request) { return alerts(context, request); });
  mount(router, Method::get, "/api/v1/incidents", http::needs_somewhere("incidents:read"),
        [&context](const auto& request) { return incidents(context, request); });
  mount(router, Method::get, "/api/v1/incidents/summary", "incidents:read",
        [&context](const auto& request) { return summary(context, request); });
  mount(router, Method::get, "/api/v1/incidents/:id", http::needs_somewhere("incidents:read"),
        [&context](const auto& request) { return incident(context, request); });
}

}  // namespace monitron::api
