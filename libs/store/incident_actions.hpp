#pragma once
// What people do about incidents: append only. Written by api.

#include "domain/incident.hpp"
#include "store/tx.hpp"

#include <optional>
#include <string>

namespace monitron::store {

struct Actor {
  std::string kind{};  // user, token
  std::string id{};
  std::string name{};  // e-mail address of a user, name of a token
};

// What people do; the other events of an incident are the notifier's.
using IncidentAct =
    std::variant<domain::Acknowledged, domain::Unacknowledged, domain::Assigned, domain::Noted>;
std::string_view kind_of(const IncidentAct& act);

// `text`: the comment or the note. Its incident is locked (lock_incident). When it was, by
// PostgreSQL's clock.
Instant add_act(pqxx::work& tx, const Uuid& incident, const Actor& actor, const IncidentAct& act,
                const std::string& text);

}  // namespace monitron::store
