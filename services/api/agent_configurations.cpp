// What agents are told to do otherwise than they were started with: configurations by the labels of
// hosts, and what holds for the agent that asks.

#include "store/agent_configurations.hpp"

#include "api/resource.hpp"
#include "api/tokens.hpp"

namespace monitron::api {
namespace {

using store::AgentConfiguration;

// Only what is said is obeyed. The limits are the agent's own (services/agent/settings.cpp), but
// that one is heard at least every ten minutes.
Json read_settings(const Json& said, std::vector<http::FieldError>& errors) {
  Fields fields(said, errors, "settings.");
  Json settings = Json::object();
  if (fields.has("interval_seconds")) {
    settings["interval_seconds"] = fields.number("interval_seconds", 1, 600, 10);
  }
  if (fields.has("connections")) settings["connections"] = fields.boolean("connections", true);
  const std::pair<const char*, int> counts[] = {{"top_processes", 1000}, {"connection_log", 2000}};
  for (const auto& [name, most] : counts) {
    if (fields.has(name)) settings[name] = fields.integer(name, 0, most, 0);
  }
  fields.ignore({"interval_seconds", "connections", "top_processes", "connection_log"});
  fields.finish();
  return settings;
}

AgentConfiguration read(Fields& fields) {
  AgentConfiguration one;
  one.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  one.description = fields.text("description", {.max = 4096, .lines = true});
  one.labels = fields.labels("labels");
  one.priority = fields.integer("priority", -1000, 1000, 0);
  std::vector<http::FieldError> errors;
  one.settings = read_settings(fields.object("settings"), errors).dump();
  for (auto& error : errors) fields.refuse(error.field, error.code, error.message);
  return one;
}

Json writable(const AgentConfiguration& one) {
  return {{"name", one.name},
          {"description", one.description},
          {"labels", Json(one.labels)},
          {"priority", one.priority},
          {"settings", Json::parse(one.settings)}};
}

Json show(const AgentConfiguration& one) {
  Json json = {{"id", one.id.str()}};
  json.update(writable(one));
  json["version"] = one.version;
  json["created_at"] = to_rfc3339(one.created_at);
  json["updated_at"] = to_rfc3339(one.updated_at);
  return json;
}

void verify(pqxx::work& tx, const AgentConfiguration& one, std::vector<http::FieldError>& errors) {
  const auto other = store::find_agent_configuration_by_name(tx, one.name);
  if (other && other->id != one.id) {
    errors.push_back({"name", "taken", "another configuration has this name"});
  }
}

Json show(const store::AgentSettings& settings) {
  return {{"version", settings.version}, {"settings", Json::parse(settings.settings)}};
}

Outcome<http::Response> settings_of(Context& context, const Uuid& instance) {
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto settings = store::agent_settings_of(tx, instance);
    if (!settings) return refuse(Fault::not_found, "nothing has this id");
    return json_answer(200, show(*settings));
  });
}

// For the agent that asks.
Outcome<http::Response> own(Context& context, const http::Request& request) {
  if (auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  const auto instance = Uuid::parse(request.caller.id);
  if (request.caller.kind != "agent" || !instance) {
    return refuse(Fault::not_found, "only an agent has a configuration of its own");
  }
  return settings_of(context, *instance);
}

Outcome<http::Response> of_server(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return settings_of(context, *id);
}

}  // namespace

void add_agent_configuration_routes(http::Router& router, Context& context) {
  using http::Method;
  Resource<AgentConfiguration> resource;
  resource.name = "agent_configuration";
  resource.path = "/api/v1/agent-configurations";
  resource.reading = "instances:read";
  resource.writing = "instances:write";
  resource.read = read;
  resource.writable = writable;
  resource.show = [](pqxx::work&, const AgentConfiguration& one) { return show(one); };
  resource.verify = verify;
  resource.find = store::find_agent_configuration;
  resource.insert = store::insert_agent_configuration;
  resource.update = store::update_agent_configuration;
  resource.remove = store::delete_agent_configuration;
  mount(router, context, resource);
  mount(router, Method::get, resource.path, resource.reading, [&context](const auto& request) {
    return list_answer(context.database, request, store::agent_configuration_listing(),
                       store::list_agent_configurations, [](const auto& one) { return show(one); });
  });
  mount(router, Method::get, "/api/v1/agents/self/configuration", "telemetry:send",
        [&context](const auto& request) { return own(context, request); });
  mount(router, Method::get, "/api/v1/servers/:id/agent-configuration", resource.reading,
        [&context](const auto& request) { return of_server(context, request); });
}

}  // namespace monitron::api
