#pragma once
// Why somebody was, or was not, told of an alert: one sentence for people, and the steps that led
// there. Pure but for facts_of: rows in, words out. What is not known is said so: that Alertmanager
// took an alert is not that anybody was told.

#include "api/answer.hpp"
#include "store/alert_decisions.hpp"
#include "store/deliveries.hpp"
#include "store/incidents.hpp"

namespace monitron::api {

struct AlertFacts {
  Json alert = nullptr;  // as GET /alerts has it; null: it is no more
  std::vector<store::AlertDecision> decisions{};
  std::optional<store::Incident> incident{};
  std::vector<store::IncidentEntry> timeline{};  // of the incident
  std::vector<store::Delivery> deliveries{};     // of the incident
  int for_seconds = 0;                           // of the rule, as it is now
  Instant now{};
};

// Of the alert or the incident with this id; of an alert that ended, the last time that it was.
std::optional<AlertFacts> facts_of(pqxx::work& tx, const Uuid& id, Instant now);

std::string verdict_of(const AlertFacts& facts);

struct ExplainStep {
  Instant at{};
  std::string kind{};
  std::string text{};
  Json inputs = Json::object();
};
// Oldest first: decisions, what people did, and where it stands now.
std::vector<ExplainStep> steps_of(const AlertFacts& facts);

Json explanation_json(const AlertFacts& facts);
Json delivery_json(const store::Delivery& delivery);

}  // namespace monitron::api
