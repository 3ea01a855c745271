#include "contracts/alert_changed.hpp"

#include "contracts/members.hpp"
#include "contracts/topology.hpp"

#include <cmath>
#include <limits>

namespace monitron::contracts {

using nlohmann::json;

namespace {

// JSON has no numbers for these; they travel as text.
json number_or_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return value;
}

double read_number(Members& members, const json& body) {
  const auto found = body.find("value");
  if (found == body.end() || !found->is_string()) return members.number("value", 0);
  const auto text = found->get<std::string>();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf") return infinity;
  if (text == "-Inf") return -infinity;
  members.refuse("value", "is not a number");
  return 0;
}

Instant read_time(Members& members, const char* name) {
  const auto time = parse_rfc3339(members.text(name));
  if (!time) members.refuse(name, "is not a time");
  return time.value_or(Instant{});
}

std::string read_severity(Members& members) {
  auto severity = members.text("severity");
  if (severity != "info" && severity != "warning" && severity != "critical") {
    members.refuse("severity", "is not info, warning or critical");
  }
  return severity;
}

}  // namespace

std::string_view state_of(const AlertChanged& alert) {
  return alert.firing ? "firing" : "resolved";
}

std::string encode(const AlertChanged& alert) {
  json body = {{"incident_id", alert.incident_id.str()},
               {"transition", alert.transition},
               {"state", state_of(alert)},
               {"rule_id", alert.rule_id.str()},
               {"rule_name", alert.rule_name},
               {"severity", alert.severity},
               {"title", alert.title},
               {"text", alert.text},
               {"labels", alert.labels},
               {"annotations", alert.annotations},
               {"value", number_or_text(alert.value)},
               {"at", to_rfc3339(alert.at)},
               {"starts_at", to_rfc3339(alert.starts_at)}};
  if (alert.audience) body["audience"] = alert.audience->str();
  if (alert.drill) body["drill"] = true;
  // Labels come from outside; a broken byte would make dump() throw.
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<AlertChanged> decode_alert_changed(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in("alert.changed"));
  Members members(*parsed);
  AlertChanged alert;
  alert.incident_id = IncidentId{members.required_uuid("incident_id")};
  alert.transition = static_cast<int>(members.integer("transition", 0, 1, 1'000'000));
  const auto state = members.text("state");
  if (state != "firing" && state != "resolved") {
    members.refuse("state", "is not firing or resolved");
  }
  alert.firing = state == "firing";
  alert.rule_id = RuleId{members.required_uuid("rule_id")};
  alert.rule_name = members.text("rule_name");
  alert.severity = read_severity(members);
  alert.title = members.text("title");
  alert.text = members.text("text");
  alert.labels = members.texts_by_name("labels");
  alert.annotations = members.texts_by_name("annotations");
  alert.value = read_number(members, *parsed);
  alert.at = read_time(members, "at");
  alert.starts_at = read_time(members, "starts_at");
  if (parsed->contains("audience")) alert.audience = UserId{members.required_uuid("audience")};
  alert.drill = members.boolean("drill", false);
  auto read = members.finish(std::move(alert));
  if (!read) return fail(read.error().in("alert.changed"));
  return read;
}

Message to_message(const AlertChanged& alert) {
  Message message;
  message.exchange = kAlertsExchange;
  message.routing_key = (alert.audience ? "personal.alert." : "alert.") +
                        std::string(state_of(alert)) + "." + alert.severity;
  message.type = AlertChanged::contract.type;
  message.version = AlertChanged::contract.version;
  message.message_id = alert.incident_id.str() + "." + std::to_string(alert.transition);
  message.content_type = "application/json";
  message.body = encode(alert);
  return message;
}

}  // namespace monitron::contracts
