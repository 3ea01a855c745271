#pragma once
// Alerts as the API shows them (JSON rows), and how many there are. Written by the notifier.

#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct HistoryRows {
  std::vector<std::string> items{};
  std::string next{};  // id of the last one when there are more
};

// Firing and pending now.
HistoryRows list_alerts(pqxx::work& tx, const PageQuery& query);
std::optional<std::string> find_alert(pqxx::work& tx, const Uuid& id);
// At most 1,000. `subject`: as store::Alert has it.
std::vector<std::string> alerts_about(pqxx::work& tx, const std::string& subject);

struct AlertCounts {
  int firing = 0;
  int pending = 0;
  int incidents_open = 0;
};
AlertCounts count_alerts(pqxx::work& tx);

}  // namespace monitron::store
