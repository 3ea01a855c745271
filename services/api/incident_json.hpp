#pragma once
// Incidents and what happened to them, in JSON.

#include "api/listing.hpp"
#include "store/incident_summary.hpp"
#include "store/incidents.hpp"

namespace monitron::api {

// As in lists.
Json incident_json(const store::Incident& incident);
// With all that happened to it and who was told.
Json whole_incident_json(pqxx::work& tx, const store::Incident& incident);
Json summary_json(const store::IncidentSummary& summary);

}  // namespace monitron::api
