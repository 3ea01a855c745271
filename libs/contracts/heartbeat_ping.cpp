#include "contracts/heartbeat_ping.hpp"

#include "contracts/members.hpp"
#include "contracts/topology.hpp"

namespace monitron::contracts {
namespace {

using nlohmann::json;

Message message_of(const Contract& contract, std::string id, std::string body) {
  Message message;
  message.exchange = kJobsExchange;
  message.routing_key = kHeartbeatKey;
  message.type = contract.type;
  message.version = contract.version;
  message.message_id = std::move(id);
  message.content_type = "application/json";
  message.body = std::move(body);
  return message;
}

std::string dump(const json& body) {
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Instant read_time(Members& members, const char* name) {
  const auto time = parse_rfc3339(members.text(name));
  if (!time) members.refuse(name, "is not RFC 3339");
  return time.value_or(Instant{});
}

}  // namespace

std::string encode(const HeartbeatPing& ping) {
  json body = {{"ping_id", ping.ping_id.str()},
               {"check_id", ping.check_id.str()},
               {"kind", domain::to_string(ping.ping.kind)},
               {"at", to_rfc3339(ping.ping.at)},
               {"body", ping.body},
               {"caller", ping.caller},
               {"user_agent", ping.user_agent}};
  if (ping.ping.exit_code) body["exit_code"] = *ping.ping.exit_code;
  return dump(body);
}

Result<HeartbeatPing> decode_heartbeat_ping(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in("heartbeat.ping"));
  Members members(*parsed);
  HeartbeatPing ping;
  ping.ping_id = members.required_uuid("ping_id");
  ping.check_id = CheckId{members.required_uuid("check_id")};
  const auto kind = domain::parse_ping_kind(members.text("kind"));
  if (!kind) members.refuse("kind", "is not success, start, fail or log");
  ping.ping.kind = kind.value_or(domain::PingKind::log);
  ping.ping.at = read_time(members, "at");
  if (parsed->contains("exit_code")) {
    ping.ping.exit_code = static_cast<int>(members.integer("exit_code", 0, 0, 255));
  }
  ping.body = members.text("body");
  ping.caller = members.text("caller");
  ping.user_agent = members.text("user_agent");
  auto read = members.finish(std::move(ping));
  if (!read) return fail(read.error().in("heartbeat.ping"));
  return read;
}

Message to_message(const HeartbeatPing& ping) {
  return message_of(HeartbeatPing::contract, ping.ping_id.str(), encode(ping));
}

std::string encode(const HeartbeatMark& mark) {
  return dump({{"watcher", mark.watcher.str()}, {"at", to_rfc3339(mark.at)}});
}

Result<HeartbeatMark> decode_heartbeat_mark(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in("heartbeat.mark"));
  Members members(*parsed);
  HeartbeatMark mark;
  mark.watcher = members.required_uuid("watcher");
  mark.at = read_time(members, "at");
  auto read = members.finish(mark);
  if (!read) return fail(read.error().in("heartbeat.mark"));
  return read;
}

Message to_message(const HeartbeatMark& mark) {
  return message_of(HeartbeatMark::contract, Uuid::make().str(), encode(mark));
}

}  // namespace monitron::contracts
