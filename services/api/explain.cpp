// Why was I (not) paged: gathers what is known of an alert, an incident or a check; the words are
// made by explanation.hpp and check_explanation.hpp.

#include "api/channels.hpp"
#include "api/check_explanation.hpp"
#include "api/incident_json.hpp"
#include "api/resource.hpp"
#include "api/rules.hpp"
#include "api/silenced_now.hpp"
#include "store/incident_views.hpp"
#include "store/live_state.hpp"
#include "store/watched_labels.hpp"

#include <set>

namespace monitron::api {
namespace {

constexpr int kMostAlerts = 100;  // of one check

Json alert_json(pqxx::work& tx, const Uuid& id, Instant now) {
  const auto row = store::find_alert(tx, id);
  if (!row) return nullptr;
  auto json = api::alert_json(*row);
  SilencedNow(tx, now).mark(json);
  return json;
}

std::optional<Uuid> id_member(const Json& json, const char* name) {
  if (!json.is_object() || !json.contains(name) || !json[name].is_string()) return std::nullopt;
  const auto id = Uuid::parse(json[name].get<std::string>());
  return id ? std::optional(*id) : std::nullopt;
}

// The incident of the time that these facts are about, if it made one.
std::optional<store::Incident> incident_of(pqxx::work& tx, const Uuid& alert,
                                           const AlertFacts& facts) {
  if (facts.alert.is_object()) {
    const auto id = id_member(facts.alert, "incident_id");
    return id ? store::find_incident(tx, *id) : std::nullopt;
  }
  auto latest = store::latest_incident(tx, alert);
  const bool before =
      latest && !facts.decisions.empty() && latest->state.opened_at < facts.decisions.front().at;
  return before ? std::nullopt : latest;
}

std::optional<Uuid> rule_of(const AlertFacts& facts) {
  if (facts.incident) return facts.incident->rule_id;
  if (!facts.decisions.empty()) return facts.decisions.front().rule_id;
  return id_member(facts.alert, "rule_id");
}

void complete(pqxx::work& tx, AlertFacts& facts) {
  if (facts.incident) {
    facts.timeline = store::timeline_of(tx, facts.incident->id);
    facts.deliveries = store::deliveries_of(tx, facts.incident->id);
  }
  const auto rule = rule_of(facts);
  const auto found = rule ? store::find_rule(tx, *rule) : std::nullopt;
  if (found) facts.for_seconds = found->for_seconds;
}

}  // namespace

std::optional<AlertFacts> facts_of(pqxx::work& tx, const Uuid& id, Instant now) {
  AlertFacts facts;
  facts.now = now;
  if ((facts.incident = store::find_incident(tx, id))) {
    const auto& incident = *facts.incident;
    facts.decisions = store::decisions_of(tx, incident.alert_id, incident.state.opened_at);
    const auto alert = alert_json(tx, incident.alert_id, now);
    if (id_member(alert, "incident_id") == id) facts.alert = alert;
  } else {
    facts.alert = alert_json(tx, id, now);
    facts.decisions = store::decisions_of(tx, id);
    facts.incident = incident_of(tx, id, facts);
    if (!facts.alert.is_object() && facts.decisions.empty() && !facts.incident) {
      return std::nullopt;
    }
  }
  complete(tx, facts);
  return facts;
}

namespace {

Outcome<http::Response> explain_alert(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto facts = facts_of(tx, *id, context.clock.now());
    if (!facts ||
        (facts->incident && !is_told(tx, request.caller, "alerts:read", *facts->incident))) {
      return refuse(Fault::not_found, "no alert of the last 90 days has this id");
    }
    return json_answer(200, explanation_json(*facts));
  });
}

domain::LabelSet labels_of(pqxx::work& tx, const store::Check& check) {
  const auto id = check.instance_id.value_or(Uuid{});
  const auto hosts = store::hosts_of(tx, {id});
  const auto host = hosts.find(id);
  return store::labels_of(check, host == hosts.end() ? std::nullopt : std::optional(host->second));
}

CheckFacts check_facts_of(pqxx::work& tx, const store::Check& check, Instant now) {
  CheckFacts facts;
  facts.check = check;
  facts.quorum = domain::quorum_of(static_cast<int>(check.locations.size()), check.quorum);
  auto states = store::counted_states(tx, check.id);
  if (const auto found = states.find(check.id); found != states.end()) {
    facts.states = std::move(found->second);
  }
  std::set<Uuid> alerting;
  store::AlertQuery about;
  about.page.limit = kMostAlerts;
  about.labels = {{.name = "check_id", .value = check.id.str()}};
  for (const auto& row : store::list_alerts(tx, about).items) {
    const auto alert = json_or_null(row.json);
    auto rule = store::find_rule(tx, id_member(alert, "rule_id").value_or(Uuid{}));
    if (!rule) continue;
    alerting.insert(rule->id);
    facts.rules.push_back(
        {std::move(*rule), facts_of(tx, id_member(alert, "id").value_or(Uuid{}), now)});
  }
  const auto labels = labels_of(tx, check);
  for (auto& rule : store::enabled_rules(tx)) {
    if (alerting.contains(rule.id) || !store::selects(rule, check.id, labels)) continue;
    facts.rules.push_back({std::move(rule), std::nullopt});
  }
  return facts;
}

Outcome<http::Response> explain_check(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto check = store::find_check(tx, *id);
    if (!check) return refuse(Fault::not_found, "nothing has this id");
    return json_answer(200, explanation_json(check_facts_of(tx, *check, context.clock.now())));
  });
}

}  // namespace

void add_explain_routes(http::Router& router, Context& context) {
  mount(router, http::Method::get, "/api/v1/alerts/:id/explain", "alerts:read",
        [&context](const auto& request) { return explain_alert(context, request); });
  mount(router, http::Method::get, "/api/v1/checks/:id/explain", "checks:read",
        [&context](const auto& request) { return explain_check(context, request); });
}

}  // namespace monitron::api
