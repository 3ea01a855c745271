#pragma once
// alert.changed: an alert has begun or ended, on mon.alerts, key
// alert.<firing|resolved>.<severity>, one user's own ones with "personal." in front. JSON. Read by
// the notifier (Alertmanager, e-mail) and by the live stream.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "contracts/contract.hpp"

#include <map>
#include <optional>
#include <string>

namespace monitron::contracts {

struct AlertChanged {
  static constexpr Contract contract{.type = "alert.changed", .version = 1, .owner = "notifier"};

  IncidentId incident_id;
  int transition = 1;  // counts the changes of an incident, from 1
  bool firing = true;  // or resolved
  RuleId rule_id;
  std::string rule_name;
  std::string severity;  // info, warning, critical
  std::string title;     // for people: "Check down: shop"
  std::string text;      // what was seen: "status 500, expected 200-299"
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  double value = 0;
  Instant at;         // of this change
  Instant starts_at;  // of the first one
  // Of a threshold that a user set instead of the rule's: told to that user alone.
  std::optional<UserId> audience{};
  bool drill = false;  // nothing is wrong: the way of an alert is tried
  bool operator==(const AlertChanged&) const = default;
};

std::string_view state_of(const AlertChanged& alert);  // "firing" or "resolved"
std::string encode(const AlertChanged& alert);
// Fault: invalid, naming the member.
Result<AlertChanged> decode_alert_changed(std::string_view body);
// Its id is made of incident and transition, so that sending it twice gives the same id.
Message to_message(const AlertChanged& alert);

}  // namespace monitron::contracts
