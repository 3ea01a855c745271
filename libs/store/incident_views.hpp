#pragma once
// Alerts as the API shows them (JSON rows), and how many there are. Written by the notifier.

#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

// Where an alert stands in the list of them.
struct AlertPlace {
  int rank = 0;
  std::int64_t age = 0;  // the less, the younger
  Uuid id{};
};
std::string to_string(const AlertPlace& place);
std::optional<AlertPlace> parse_alert_place(const std::string& text);

struct AlertQuery {
  std::optional<AlertPlace> after{};
  int limit = 100;
  std::string state{};     // empty: any
  std::string severity{};  // empty: any
  std::optional<Uuid> rule_id{};
  Labels labels{};     // it has them all
  std::string text{};  // a part of its title, text or rule's name, or of a value of its labels
};

struct AlertRows {
  std::vector<std::string> items{};
  std::optional<AlertPlace> next{};  // of the last one, when there are more
};

// Firing and pending now: what people are told of, what is held back, what may fire soon; of each
// the worst first, the newest first.
AlertRows list_alerts(pqxx::work& tx, const AlertQuery& query);
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
