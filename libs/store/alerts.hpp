#pragma once
// Alerts and incidents as the notifier keeps them, and what it decides from. Written by the
// notifier alone.

#include "base/clock.hpp"
#include "contracts/alert_changed.hpp"
#include "domain/alert_gate.hpp"
#include "domain/alert_state.hpp"
#include "domain/check_verdict.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Alert {
  Uuid id{};
  Uuid rule_id{};
  std::string subject{};
  domain::AlertState state{};
  std::string title{};
  std::string text{};
  Labels labels{};
  double value = 0;
  Uuid incident_id{};                               // nil while pending, and while it is held back
  std::optional<domain::GateShut> suppressed_by{};  // firing: why it is held back
};

std::vector<Alert> all_alerts(pqxx::work& tx);
void put_alert(pqxx::work& tx, const Alert& alert);
// Conditions of which nobody knows whether they held for so long: it does not count.
void postpone_pending(pqxx::work& tx, std::chrono::milliseconds by);
void drop_alert(pqxx::work& tx, const Uuid& id);

struct OpenIncident {
  Uuid id{};
  bool is_new = false;
};
// Opens the incident; when the alert has an open one already, that one stays. `condition`: of the
// check that it is about, as domain::Trouble has it.
OpenIncident open_incident(pqxx::work& tx, const Uuid& alert_id,
                           const contracts::AlertChanged& alert, const std::string& condition = {});
// The alert's open incident says this now. Whether its trouble is another one than before; that is
// noted.
bool retell_incident(pqxx::work& tx, const Uuid& alert_id, const contracts::AlertChanged& alert,
                     const std::string& condition = {});
struct ResolvedIncident {  // as it was opened
  Uuid id{};
  Instant opened_at{};
  std::string rule_name{};
  std::string severity{};
  Labels labels{};
  std::optional<UserId> audience{};
  bool drill = false;
};
// The alert's open incident ends; nothing when there is none.
std::optional<ResolvedIncident> resolve_incident(pqxx::work& tx, const Uuid& alert_id,
                                                 const contracts::AlertChanged& alert);
void note_incident(pqxx::work& tx, const Uuid& incident, std::string_view kind,
                   const std::string& text);
// What Alertmanager is to know: open ones, those resolved since `since`, and for a day those of
// which a peer has taken that they fire and not that they are over.
std::vector<contracts::AlertChanged> current_incidents(pqxx::work& tx, Instant since);

// An enabled check and where it stands.
struct WatchedCheck {
  Uuid id{};
  std::string name{};
  std::string kind{};
  std::string target{};
  std::vector<std::string> locations{"default"};
  int quorum = 1;  // locations that must see it down
  std::chrono::seconds interval{60};
  std::optional<Uuid> instance_id{};
  Labels labels{};
  domain::CheckStates states{};
  std::string reason{};  // of its latest result, or of the location that sees it down
  std::chrono::seconds timeout{10};
  int failures_before_down = 3;
  std::map<std::string, std::string> said{};  // by location: the reason of its latest result
};
std::vector<WatchedCheck> watched_checks(pqxx::work& tx);

struct WatchedInstance {
  Uuid id{};
  std::string hostname{};
  Labels labels{};
  std::string name{};
  std::optional<Instant> last_seen{};  // nothing: it never sent anything
  std::chrono::seconds silent_for{};   // since then, by PostgreSQL's clock
};
std::vector<WatchedInstance> watched_instances(pqxx::work& tx);
// Whether an ingest runs and is ready: what instances send can arrive.
bool ingest_is_ready(pqxx::work& tx);

}  // namespace monitron::store
