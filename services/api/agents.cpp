// Agents that were let in, and the settings that the api was started with.

#include "api/resource.hpp"
#include "api/tokens.hpp"
#include "store/tokens.hpp"

namespace monitron::api {
namespace {

Json show(const store::Agent& agent) {
  return {{"id", agent.id.str()},
          {"server_id", agent.instance_id.str()},
          {"hostname", agent.hostname},
          {"version", agent.version},
          {"prefix", agent.prefix},
          {"enrolled_at", to_rfc3339(agent.enrolled_at)},
          {"last_used_at", time_or_null(agent.last_used_at)},
          {"last_seen", time_or_null(agent.last_seen)}};
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto query = page_query(request, store::agent_listing(), {"server_id"});
  if (!query) return tl::unexpected(query.error());
  const auto instance = uuid_query(request, "server_id");
  if (!instance) return tl::unexpected(instance.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    return page_answer(request, store::list_agents(tx, *query, *instance), show);
  });
}

Outcome<http::Response> get(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  const auto agent =
      in_transaction(context.database, [&](pqxx::work& tx) { return store::find_agent(tx, *id); });
  if (!agent) return tl::unexpected(agent.error());
  if (!*agent) return refuse(Fault::not_found, "nothing has this id");
  return json_answer(200, show(**agent));
}

// Its instance stays, with all that it sent; a token that enrolled it may let it in again.
Outcome<http::Response> revoke(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto agent = store::find_agent(tx, *id);
    if (!agent || !store::revoke_api_token(tx, *id)) {
      return refuse(Fault::not_found, "nothing has this id");
    }
    store::append_audit(tx, audit_entry(request, "agent.revoke", agent->instance_id.str(),
                                        {{"before", show(*agent)}}));
    return http::Response{.status = 204};
  });
}

Json show(const service::ShownSetting& one) {
  const auto& about = *one.setting;
  return {{"name", about.name},
          {"description", about.description},
          {"default", about.default_value},
          {"secret", about.secret},
          {"set", one.set},
          {"value", about.secret ? Json(nullptr) : Json(one.value)}};
}

Outcome<http::Response> settings(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  Json items = Json::array();
  for (const auto& one : context.config.shown) items.push_back(show(one));
  return json_answer(200, {{"items", std::move(items)}});
}

}  // namespace

void add_agent_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/agents", "enrolment:read",
        [&context](const auto& request) { return list(context, request); });
  mount(router, Method::get, "/api/v1/agents/:id", "enrolment:read",
        [&context](const auto& request) { return get(context, request); });
  mount(router, Method::delete_, "/api/v1/agents/:id", "enrolment:write",
        [&context](const auto& request) { return revoke(context, request); });
  mount(router, Method::get, "/api/v1/settings", "settings:read",
        [&context](const auto& request) { return settings(context, request); });
  add_agent_configuration_routes(router, context);
}

}  // namespace monitron::api
