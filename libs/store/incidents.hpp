#pragma once
// Incidents with where they stand, for reading: what the notifier keeps of them and what people did
// about them (incident_actions), folded by domain::fold.

#include "base/clock.hpp"
#include "domain/incident.hpp"
#include "store/page.hpp"
#include "store/scope.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Incident {
  Uuid id{};
  Uuid alert_id{};
  Uuid rule_id{};
  std::string rule_name{};
  std::string title{};
  std::string text{};
  std::string severity{};
  Labels labels{};
  Labels annotations{};
  double value = 0;
  std::optional<Uuid> audience{};  // the user whose own threshold it is about; none: everybody's
  domain::Incident state{};        // at `as_of`
  Instant as_of{};                 // by PostgreSQL's clock
  std::string sort_value{};        // of a row of a list
};

struct IncidentQuery {
  PageQuery page{};
  Scope scope{};            // told of in it
  std::vector<Uuid> ids{};  // of these; empty: all
  std::optional<domain::IncidentStatus> status{};
  std::string severity{};  // empty: any
  std::optional<Uuid> rule_id{};
  std::optional<Uuid> assignee{};
  std::optional<Instant> from{};  // opened at or after
  std::optional<Instant> to{};    // opened before
  LabelFilters labels{};          // it has them all
  std::optional<bool> drill{};
  std::optional<Uuid> viewer{};  // besides everybody's those of this user
  bool of_all = false;           // and of all users
};
const Listing& incident_listing();
Page<Incident> list_incidents(pqxx::work& tx, const IncidentQuery& query);
std::optional<Incident> find_incident(pqxx::work& tx, const Uuid& id);
// Those of these that there are, in no order.
std::vector<Incident> find_incidents(pqxx::work& tx, const std::vector<Uuid>& ids);
// The same; until the transaction ends nobody else acts on it, and it is not resolved.
std::optional<Incident> lock_incident(pqxx::work& tx, const Uuid& id);
// The one that the alert opened last.
std::optional<Incident> latest_incident(pqxx::work& tx, const Uuid& alert);

// What happened to an incident, and who did what about it.
struct IncidentEntry {
  Instant at{};
  std::string kind{};  // opened, retold, resolved, notified, reminded, acknowledgement_ended;
                       // acknowledged, unacknowledged, assigned, noted
  std::string text{};  // what was seen, a comment, a note
  std::string by{};    // empty: nobody, it happened
  std::optional<Instant> expires_at{};  // of 'acknowledged'
  bool sticky = false;
  std::optional<domain::Person> assignee{};  // of 'assigned'; none: nobody
};
// Oldest first, at most 2,000.
std::vector<IncidentEntry> timeline_of(pqxx::work& tx, const Uuid& incident);

// How often something happened to it: grows with each entry of its timeline.
int version_of(pqxx::work& tx, const Uuid& incident);

}  // namespace monitron::store
