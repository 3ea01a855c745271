#pragma once
// Incidents as the notifier writes them, for tests of what the API makes of them.

#include "store/alerts.hpp"
#include "suite.hpp"

#include <pqxx/pqxx>

namespace monitron::api {

struct StagedIncident {
  Uuid id = Uuid::make();
  Uuid alert_id = Uuid::make();
  Uuid rule_id = Uuid::make();
  std::string severity = "critical";
  store::Labels labels{{"check", "shop"}};
  Instant opened_at = system_clock().now();
  bool drill = false;
  std::optional<Uuid> audience{};

  contracts::AlertChanged change(Instant at) const {
    contracts::AlertChanged change;
    change.incident_id = IncidentId{id};
    change.rule_id = RuleId{rule_id};
    change.rule_name = "Check down";
    change.severity = severity;
    change.title = "shop is down";
    change.text = "status 500";
    change.labels = labels;
    change.starts_at = opened_at;
    change.at = at;
    if (audience) change.audience = UserId{*audience};
    return change;
  }
};

class IncidentTest : public ApiTest {
 protected:
  void open(const StagedIncident& incident) {
    change([&](pqxx::work& tx) {
      store::open_incident(tx, incident.alert_id, incident.change(incident.opened_at));
      if (!incident.drill) return;
      tx.exec_params0("UPDATE incidents SET drill = true WHERE id = $1", incident.id.str());
    });
  }
  void resolve(const StagedIncident& incident, Instant at) {
    change([&](pqxx::work& tx) {
      store::resolve_incident(tx, incident.alert_id, incident.change(at));
    });
  }
  template <class Body>
  void change(Body body) {
    const auto done = api().database->transact([&](pqxx::work& tx) { body(tx); });
    ASSERT_TRUE(done) << done.error().text;
  }
  std::string one(const std::string& sql) {
    return *api().database->transact(
        [&](pqxx::work& tx) { return std::string(tx.exec1(sql)[0].c_str()); });
  }

  static std::string path(const StagedIncident& incident, const std::string& rest = "") {
    return "/api/v1/incidents/" + incident.id.str() + rest;
  }
  Answer acknowledge(const StagedIncident& incident, const Json& body,
                     const HeaderList& headers = {}) {
    return api().ask(http::Method::put, path(incident, "/acknowledgement"), api().admin(), body,
                     headers);
  }
  Json get(const StagedIncident& incident) {
    return api().get(path(incident), api().viewer()).json;
  }
};

}  // namespace monitron::api
