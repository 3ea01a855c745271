#include "api/incident_json.hpp"

#include "api/explanation.hpp"
#include "api/silenced_now.hpp"
#include "rules/template.hpp"

namespace monitron::api {
namespace {

Json seconds_or_null(const std::optional<std::chrono::milliseconds>& time) {
  return time ? Json(std::chrono::duration<double>(*time).count()) : Json(nullptr);
}

Json person_json(const std::optional<domain::Person>& person) {
  if (!person) return nullptr;
  return {{"id", person->id.str()}, {"name", person->name}};
}

Json acknowledgement_json(const std::optional<domain::Acknowledgement>& given) {
  if (!given) return nullptr;
  return {{"by", given->by},
          {"comment", given->comment},
          {"at", to_rfc3339(given->at)},
          {"expires_at", time_or_null(given->expires_at)},
          {"sticky", given->sticky}};
}

Json entry_json(const store::IncidentEntry& entry) {
  Json json = {{"at", to_rfc3339(entry.at)}, {"kind", entry.kind}, {"text", entry.text}};
  if (!entry.by.empty()) json["by"] = entry.by;
  if (entry.kind == "acknowledged") {
    json["expires_at"] = time_or_null(entry.expires_at);
    json["sticky"] = entry.sticky;
  }
  if (entry.kind == "assigned") json["assignee"] = person_json(entry.assignee);
  return json;
}

Json number_or_null(const std::optional<double>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json figures_json(Json json, const store::IncidentFigures& figures) {
  json["opened"] = figures.opened;
  json["acknowledged"] = figures.acknowledged;
  json["resolved"] = figures.resolved;
  json["mtta_seconds"] = number_or_null(figures.mtta_seconds());
  json["mttr_seconds"] = number_or_null(figures.mttr_seconds());
  return json;
}

}  // namespace

Json alert_json(const std::string& row) {
  auto json = json_or_null(row);
  auto& value = json["value"];  // NaN and infinities are text
  const auto number = value.is_number() ? value.get<double>()
                                        : std::strtod(value.get<std::string>().c_str(), nullptr);
  if (!value.is_number()) value = nullptr;
  json["annotations"] =
      rules::filled(json["annotations"].get<domain::LabelSet>(),
                    json["labels"].get<domain::LabelSet>(), rules::told_value(number));
  return json;
}

Json alerts_json(pqxx::work& tx, const std::vector<std::string>& rows) {
  Json alerts = Json::array();
  std::vector<Uuid> ids;
  for (const auto& row : rows) {
    const auto& alert = alerts.emplace_back(alert_json(row));
    if (const auto& id = alert["incident_id"]; id.is_string()) {
      ids.push_back(Uuid::parse(id.get<std::string>()).value_or(Uuid{}));
    }
  }
  std::map<std::string, Json> taken;  // by incident
  for (const auto& incident : store::find_incidents(tx, ids)) {
    if (incident.state.status != domain::IncidentStatus::acknowledged) continue;
    taken[incident.id.str()] = acknowledgement_json(incident.state.acknowledgement);
  }
  for (auto& alert : alerts) {
    const auto& id = alert["incident_id"];
    const auto found = id.is_string() ? taken.find(id.get<std::string>()) : taken.end();
    alert["acknowledgement"] = found == taken.end() ? Json(nullptr) : found->second;
  }
  return alerts;
}

Json incident_json(const store::Incident& incident) {
  const auto& state = incident.state;
  return {{"id", incident.id.str()},
          {"alert_id", incident.alert_id.str()},
          {"rule_id", incident.rule_id.str()},
          {"rule_name", incident.rule_name},
          {"title", incident.title},
          {"text", incident.text},
          {"severity", incident.severity},
          {"state", to_string(state.status)},
          {"since", to_rfc3339(state.since)},
          {"labels", incident.labels},
          {"opened_at", to_rfc3339(state.opened_at)},
          {"resolved_at", time_or_null(state.resolved_at)},
          {"value", incident.value},
          {"acknowledgement", acknowledgement_json(state.acknowledgement)},
          {"assignee", person_json(state.assignee)},
          {"audience", incident.audience ? Json(incident.audience->str()) : Json(nullptr)},
          {"time_to_acknowledge_seconds", seconds_or_null(state.time_to_acknowledge())},
          {"time_to_resolve_seconds", seconds_or_null(state.time_to_resolve())},
          {"drill", state.drill}};
}

Json whole_incident_json(pqxx::work& tx, const store::Incident& incident, Instant now) {
  auto json = incident_json(incident);
  SilencedNow(tx, now).mark(json);
  json["annotations"] = incident.annotations;
  json["events"] = Json::array();
  for (const auto& entry : store::timeline_of(tx, incident.id)) {
    json["events"].push_back(entry_json(entry));
  }
  json["notifications"] = Json::array();
  for (const auto& delivery : store::deliveries_of(tx, incident.id)) {
    json["notifications"].push_back(delivery_json(delivery));
  }
  return json;
}

Json summary_json(const store::IncidentSummary& summary) {
  auto json = figures_json(Json::object(), summary.overall);
  json["by_severity"] = Json::array();
  for (const auto& [severity, figures] : summary.by_severity) {
    json["by_severity"].push_back(figures_json({{"severity", severity}}, figures));
  }
  json["by_rule"] = Json::array();
  for (const auto& rule : summary.by_rule) {
    json["by_rule"].push_back(figures_json(
        {{"rule_id", rule.rule_id.str()}, {"rule_name", rule.rule_name}}, rule.figures));
  }
  return json;
}

}  // namespace monitron::api
