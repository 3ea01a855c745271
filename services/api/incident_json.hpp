#pragma once
// Alerts, incidents and what happened to them, in JSON.

#include "api/listing.hpp"
#include "store/incident_summary.hpp"
#include "store/incidents.hpp"

namespace monitron::api {

// A row of store::list_alerts; the texts of its rule filled in, as people are told them.
Json alert_json(const std::string& row);
// Such rows, with who is at them.
Json alerts_json(pqxx::work& tx, const std::vector<std::string>& rows);
// As in lists.
Json incident_json(const store::Incident& incident);
// With all that happened to it, who was told, and what silences it now.
Json whole_incident_json(pqxx::work& tx, const store::Incident& incident, Instant now);
Json summary_json(const store::IncidentSummary& summary);

}  // namespace monitron::api
