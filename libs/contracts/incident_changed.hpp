#pragma once
// incident.changed: somebody has done something about an incident, on mon.events, key
// incident.<action>, of one user's own ones with "personal." in front. JSON. Read by the live
// stream, so that others who look at it see it at once.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "contracts/contract.hpp"

#include <map>
#include <optional>
#include <string>

namespace monitron::contracts {

struct IncidentChanged {
  static constexpr Contract contract{.type = "incident.changed", .version = 1, .owner = "api"};

  Uuid change_id;  // one per change
  IncidentId incident_id;
  std::string action;  // acknowledged, unacknowledged, assigned, noted
  std::string state;   // after it: open, acknowledged, resolved
  std::string by;      // who did it
  Instant at;
  std::map<std::string, std::string> labels{};  // of the incident
  std::optional<UserId> audience{};             // the one user whom it concerns; none: all
  bool operator==(const IncidentChanged&) const = default;
};

std::string encode(const IncidentChanged& change);
// Fault: invalid, naming the member.
Result<IncidentChanged> decode_incident_changed(std::string_view body);
// Its id is that of the change.
Message to_message(const IncidentChanged& change);

}  // namespace monitron::contracts
