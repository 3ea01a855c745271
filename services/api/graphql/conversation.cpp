#include "api/graphql/conversation.hpp"

#include "api/fields.hpp"

namespace monitron::api {
namespace {

constexpr std::size_t kLongestId = 256;
constexpr std::size_t kLongestInReason = 60;  // the whole reason has room for 123 bytes

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Conversation::Close bad(std::string reason) {
  return {socket_close::kBadMessage, std::move(reason)};
}

bool is_object_or_absent(const Json& message, const char* member) {
  const auto found = message.find(member);
  return found == message.end() || found->is_null() || found->is_object();
}

}  // namespace

Conversation::Step Conversation::hear(std::string_view text, bool acknowledged) {
  const auto parsed = parse_body({.body = std::string(text)});
  if (!parsed) return bad("a message is a JSON object, flat, each member once");
  const auto& message = *parsed;
  const auto type = message.find("type");
  if (type == message.end() || !type->is_string()) return bad("type: must be text");
  if (*type == "subscribe") return subscribe(message, acknowledged);
  if (*type == "complete") {
    const auto id = message.find("id");
    if (id == message.end() || !id->is_string()) return bad("id: must be text");
    return Complete{id->get<std::string>()};
  }
  if (*type != "connection_init" && *type != "ping" && *type != "pong") {
    return bad("type: there are connection_init, ping, pong, subscribe and complete");
  }
  if (!is_object_or_absent(message, "payload")) return bad("payload: must be an object");
  if (*type == "pong") return Nothing{};
  if (*type == "ping") return Say{R"({"type":"pong"})"};
  if (initialised_) {
    return Close{socket_close::kTooManyInitialisations, "Too many initialisation requests"};
  }
  initialised_ = true;
  const auto payload = message.find("payload");
  const bool given = payload != message.end() && payload->is_object();
  return Initialise{given ? *payload : Json::object()};
}

Conversation::Step Conversation::subscribe(const Json& message, bool acknowledged) {
  const auto id = message.find("id");
  if (id == message.end() || !id->is_string() || id->get_ref<const std::string&>().empty() ||
      id->get_ref<const std::string&>().size() > kLongestId) {
    return bad("id: must be text of 1 to 256 bytes");
  }
  const auto payload = message.find("payload");
  if (payload == message.end() || !payload->is_object()) return bad("payload: must be an object");
  const auto query = payload->find("query");
  if (query == payload->end() || !query->is_string()) return bad("payload.query: must be text");
  const auto name = payload->value("operationName", Json());
  if (!name.is_null() && !name.is_string()) return bad("payload.operationName: must be text");
  if (!is_object_or_absent(*payload, "variables")) {
    return bad("payload.variables: must be an object");
  }
  if (!is_object_or_absent(*payload, "extensions")) {
    return bad("payload.extensions: must be an object");
  }
  if (!acknowledged) return Close{socket_close::kUnauthorized, "Unauthorized"};
  const auto key = id->get<std::string>();
  if (!running_.insert(key).second) {
    const auto whose = key.size() > kLongestInReason ? "" : " for " + key;
    return Close{socket_close::kSubscriberExists, "Subscriber" + whose + " already exists"};
  }
  return Subscribe{key,
                   {.query = query->get<std::string>(),
                    .operation_name = name.is_null() ? "" : name.get<std::string>(),
                    .variables = payload->value("variables", Json())}};
}

std::string connection_ack() { return R"({"type":"connection_ack"})"; }

std::string next_message(const std::string& id, const Json& payload) {
  return text_of({{"id", id}, {"type", "next"}, {"payload", payload}});
}

std::string error_message(const std::string& id, const Json& errors) {
  return text_of({{"id", id}, {"type", "error"}, {"payload", errors}});
}

}  // namespace monitron::api
