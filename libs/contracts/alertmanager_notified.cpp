#include "contracts/alertmanager_notified.hpp"

#include "contracts/members.hpp"
#include "contracts/topology.hpp"

namespace monitron::contracts {

using nlohmann::json;

std::string encode(const AlertmanagerNotified& notified) {
  json told = json::array();
  for (const auto& one : notified.told) {
    told.push_back(
        {{"incident_id", one.incident_id.str()}, {"state", one.firing ? "firing" : "resolved"}});
  }
  const json body = {{"receiver", notified.receiver},
                     {"group_key", notified.group_key},
                     {"told", std::move(told)}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<AlertmanagerNotified> decode_alertmanager_notified(std::string_view body) {
  constexpr const char* place = "alertmanager.notified";
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in(place));
  Members members(*parsed);
  AlertmanagerNotified notified;
  notified.receiver = members.text("receiver");
  notified.group_key = members.text("group_key");
  if (notified.receiver.empty()) members.refuse("receiver", "is missing");
  const auto& told = members.array("told");
  if (told.size() > AlertmanagerNotified::kMostIncidents) members.refuse("told", "is too long");
  for (std::size_t at = 0; at < told.size() && members.good(); ++at) {
    const auto name = "told[" + std::to_string(at) + "]";
    if (!told[at].is_object()) {
      members.refuse(name, "is not an object");
      break;
    }
    Members one(told[at], name + ".");
    const auto id = one.required_uuid("incident_id");
    const auto state = one.text("state");
    if (state != "firing" && state != "resolved") one.refuse("state", "is not firing or resolved");
    const auto read = one.finish(AlertmanagerNotified::Told{IncidentId{id}, state == "firing"});
    if (!read) return fail(read.error().in(place));
    notified.told.push_back(*read);
  }
  auto read = members.finish(std::move(notified));
  if (!read) return fail(read.error().in(place));
  return read;
}

Message to_message(const AlertmanagerNotified& notified) {
  Message message;
  message.exchange = kJobsExchange;
  message.routing_key = "alertmanager";
  message.type = AlertmanagerNotified::contract.type;
  message.version = AlertmanagerNotified::contract.version;
  message.message_id = Uuid::make().str();
  message.content_type = "application/json";
  message.body = encode(notified);
  return message;
}

}  // namespace monitron::contracts
