#pragma once
// Alerts as the API shows them (JSON rows), and how many there are. Written by the notifier.

#include "store/page.hpp"
#include "store/scope.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct AlertQuery {
  PageQuery page{};
  Scope scope{};           // told of in it
  std::string state{};     // empty: any
  std::string severity{};  // empty: any
  std::optional<Uuid> rule_id{};
  LabelFilters labels{};  // it has them all
};

struct AlertRow {
  Uuid id{};
  std::string json{};
};

// Firing and pending now; by "urgency" what people are told of, what is held back, what may fire
// soon; of each the worst first, the newest first.
const Listing& alert_listing();
Page<AlertRow> list_alerts(pqxx::work& tx, const AlertQuery& query);
std::optional<std::string> find_alert(pqxx::work& tx, const Uuid& id);

// Of those that fire or are pending.
int count_alerts_with(pqxx::work& tx, const Labels& labels);

struct AlertCounts {
  int firing = 0;  // that people are told of
  int suppressed = 0;
  int pending = 0;
  int incidents_open = 0;
};
AlertCounts count_alerts(pqxx::work& tx);

// By which alerts are silenced.
struct AlertNames {
  Labels labels{};
  std::string rule{};
  std::string severity{};
};
// Of all that fire and are not held back.
std::vector<AlertNames> names_of_firing(pqxx::work& tx);

}  // namespace monitron::store
