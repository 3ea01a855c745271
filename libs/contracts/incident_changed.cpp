#include "contracts/incident_changed.hpp"

#include "contracts/members.hpp"
#include "contracts/topology.hpp"

namespace monitron::contracts {

using nlohmann::json;

std::string encode(const IncidentChanged& change) {
  json body = {{"change_id", change.change_id.str()},
               {"incident_id", change.incident_id.str()},
               {"action", change.action},
               {"state", change.state},
               {"by", change.by},
               {"at", to_rfc3339(change.at)},
               {"labels", change.labels}};
  if (change.audience) body["audience"] = change.audience->str();
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<IncidentChanged> decode_incident_changed(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in("incident.changed"));
  Members members(*parsed);
  IncidentChanged change;
  change.change_id = members.required_uuid("change_id");
  change.incident_id = IncidentId{members.required_uuid("incident_id")};
  change.action = members.text("action");
  change.state = members.text("state");
  change.by = members.text("by");
  const auto at = parse_rfc3339(members.text("at"));
  if (!at) members.refuse("at", "is not a time");
  change.at = at.value_or(Instant{});
  change.labels = members.texts_by_name("labels");
  if (const auto audience = members.uuid("audience")) change.audience = UserId{*audience};
  auto read = members.finish(std::move(change));
  if (!read) return fail(read.error().in("incident.changed"));
  return read;
}

Message to_message(const IncidentChanged& change) {
  Message message;
  message.exchange = kEventsExchange;
  message.routing_key = (change.audience ? "personal.incident." : "incident.") + change.action;
  message.type = IncidentChanged::contract.type;
  message.version = IncidentChanged::contract.version;
  message.message_id = change.change_id.str();
  message.content_type = "application/json";
  message.body = encode(change);
  return message;
}

}  // namespace monitron::contracts
