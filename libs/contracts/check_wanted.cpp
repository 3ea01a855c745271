#include "contracts/check_wanted.hpp"

#include "contracts/members.hpp"

namespace monitron::contracts {

using nlohmann::json;

namespace {

std::string key_of(const std::string& location) { return "wanted." + location; }

}  // namespace

BindingSpec wanted_binding(const std::string& queue, const std::string& location) {
  return {queue, std::string(kJobsExchange), key_of(location)};
}

std::string encode(const CheckWanted& wanted) {
  auto checks = json::array();
  for (const auto& id : wanted.checks) checks.push_back(id.str());
  const json body = {{"location", wanted.location}, {"checks", std::move(checks)}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<CheckWanted> decode_check_wanted(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in("check.wanted"));
  Members members(*parsed);
  CheckWanted wanted;
  wanted.location = members.text("location");
  const auto ids = members.texts("checks", {});
  if (ids.size() > kMostWanted) members.refuse("checks", "are too many");
  for (std::size_t i = 0; i < ids.size() && members.good(); ++i) {
    const auto id = Uuid::parse(ids[i]);
    if (!id) members.refuse("checks[" + std::to_string(i) + "]", "is not a UUID");
    wanted.checks.push_back(id.value_or(Uuid{}));
  }
  auto read = members.finish(std::move(wanted));
  if (!read) return fail(read.error().in("check.wanted"));
  return read;
}

Message to_message(const CheckWanted& wanted) {
  Message message;
  message.exchange = kJobsExchange;
  message.routing_key = key_of(wanted.location);
  message.type = CheckWanted::contract.type;
  message.version = CheckWanted::contract.version;
  message.message_id = Uuid::make().str();
  message.content_type = "application/json";
  message.body = encode(wanted);
  return message;
}

}  // namespace monitron::contracts
