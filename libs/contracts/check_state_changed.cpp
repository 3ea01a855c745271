#include "contracts/check_state_changed.hpp"

#include "contracts/topology.hpp"

#include <nlohmann/json.hpp>

namespace monitron::contracts {

CheckStateChanged state_changed(const domain::CheckResult& result, const domain::CheckStates& after,
                                domain::CheckStatus previous) {
  return {.check_id = result.check_id,
          .name = std::nullopt,
          .labels = {},
          .instance_id = result.instance_id,
          .status = after.status,
          .previous = previous,
          .flapping = after.flapping,
          .warning = after.warning,
          .location = result.location,
          .reason = result.outcome.reason,
          .slot = result.slot,
          .at = result.started_at};
}

std::string id_of(const CheckStateChanged& change) {
  return change.check_id.str() + "." + std::to_string(to_ms(change.slot)) + "." + change.location;
}

std::string encode(const CheckStateChanged& change) {
  using Json = nlohmann::ordered_json;
  const Json body = {{"id", id_of(change)},
                     {"check_id", change.check_id.str()},
                     {"name", change.name ? Json(*change.name) : Json()},
                     {"labels", change.labels},
                     {"server_id", change.instance_id ? Json(change.instance_id->str()) : Json()},
                     {"status", domain::to_string(change.status)},
                     {"previous_status", domain::to_string(change.previous)},
                     {"flapping", change.flapping},
                     {"warning", change.warning},
                     {"location", change.location},
                     {"reason", change.reason},
                     {"timestamp", to_rfc3339(change.at)}};
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Message to_message(const CheckStateChanged& change) {
  Message message;
  message.exchange = kEventsExchange;
  message.routing_key = "check.state." + std::string(domain::to_string(change.status));
  message.type = CheckStateChanged::contract.type;
  message.version = CheckStateChanged::contract.version;
  message.message_id = id_of(change);
  message.content_type = "application/json";
  message.body = encode(change);
  return message;
}

}  // namespace monitron::contracts
