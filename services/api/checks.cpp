#include "api/checks.hpp"

#include "api/check_interval.hpp"
#include "api/check_secrets.hpp"
#include "api/dependents.hpp"
#include "api/maintenance.hpp"
#include "api/resource.hpp"
#include "auth/ping_keys.hpp"
#include "store/check_definitions.hpp"
#include "store/check_history.hpp"
#include "store/instances.hpp"
#include "store/live_state.hpp"
#include "store/watched_checks.hpp"

#include <algorithm>
#include <iterator>

namespace monitron::api {
namespace {

// What `state` says, as a whole check and each of its locations show it.
void show(Json& json, const store::CheckState& state) {
  json["status"] = state.status;
  json["status_since"] = time_or_null(state.since);
  json["flapping"] = state.flapping;
  json["flapping_percent"] = state.flapping_percent;
  json["warning"] = state.warning;
  json["last_result"] = json_or_null(state.last_result);
}

Json show_locations(const std::vector<store::LocatedCheck>& states) {
  Json list = Json::array();
  for (const auto& [location, state] : states) {
    list.push_back({{"location", location}});
    show(list.back(), state);
  }
  return list;
}

Json show(const store::Check& check, const std::map<Uuid, store::CheckState>& states,
          const MaintenanceNow& maintenance) {
  const auto found = states.find(check.id);
  const auto state = found == states.end() ? store::CheckState{} : found->second;
  Json json = {{"id", check.id.str()}};
  json.update(check_writable(check));
  json["interval_seconds"] = check.interval_seconds;
  json["interval_inherited"] = check.interval_inherited;
  show(json, state);
  json["maintenance"] = maintenance.of(check);
  json["version"] = check.version;
  json["created_at"] = to_rfc3339(check.created_at);
  json["updated_at"] = to_rfc3339(check.updated_at);
  return json;
}

void verify(Context& context, pqxx::work& tx, store::Check& check,
            std::vector<http::FieldError>& errors) {
  if (check.instance_id && !store::find_instance(tx, *check.instance_id)) {
    errors.push_back({"instance_id", "not_found", "no instance has this id"});
  }
  inherit_interval(tx, check, errors);
  seal_check(context, tx, check, check.id, errors);
  if (check.kind != "group") return;
  for (const auto& id : store::unknown_members(tx, check.id, check.settings)) {
    errors.push_back({"settings.group.members", "not_found", "no check has the id " + id});
  }
  if (store::is_within_itself(tx, check.id, check.settings)) {
    errors.push_back({"settings.group.members", "cycle",
                      "the group would be a member of itself, over groups that are members"});
  }
}

// Who may change a heartbeat may know how it is called; the key is all that a caller needs.
void show_ping_url(pqxx::work& tx, const auth::PingKeys& keys, const http::Caller& caller,
                   const store::Check& check, Json& json) {
  if (check.kind != "heartbeat") return;
  if (!store::is_in_scope(tx, scope_of(caller, "checks:write"), check.instance_id)) return;
  json["ping_url"] = "/ping/" + keys.key_of(CheckId{check.id});
}

// Of each instance at most so many; 0: it is not asked for.
Outcome<int> limit_each_query(const http::Request& request) {
  const auto text = request.query_one("limit_each");
  if (!text) return 0;
  const auto limit = parse_number<int>(*text);
  if (limit && *limit >= 1 && *limit <= kMaxLimit) return *limit;
  return refuse_fields({{"limit_each", "invalid", "must be a whole number from 1 to 1000"}});
}

Outcome<store::CheckQuery> read_query(const http::Request& request,
                                      const contracts::CheckTypes& types) {
  const auto page = page_query(
      request, store::check_listing(),
      {"id", "kind", "status", "enabled", "instance_id", "limit_each", "group_id", "label"});
  if (!page) return tl::unexpected(page.error());
  const auto labels = label_query(request);
  if (!labels) return tl::unexpected(labels.error());
  const auto ids = uuids_query(request, "id");
  if (!ids) return tl::unexpected(ids.error());
  const auto instances = uuids_query(request, "instance_id");
  if (!instances) return tl::unexpected(instances.error());
  const auto each = limit_each_query(request);
  if (!each) return tl::unexpected(each.error());
  const auto group = uuid_query(request, "group_id");
  if (!group) return tl::unexpected(group.error());
  const auto kind = choice_query(request, "kind", check_kinds(types));
  if (!kind) return tl::unexpected(kind.error());
  const auto status = choice_query(request, "status", {"up", "down", "unknown", "paused"});
  if (!status) return tl::unexpected(status.error());
  const auto enabled = flag_query(request, "enabled");
  if (!enabled) return tl::unexpected(enabled.error());
  return store::CheckQuery{.page = *page,
                           .scope = scope_of(request.caller, "checks:read"),
                           .ids = *ids,
                           .kind = *kind,
                           .status = *status,
                           .enabled = *enabled,
                           .instances = *instances,
                           .limit_each = *each,
                           .labels = *labels,
                           .group_id = *group};
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto query = read_query(request, store::own_check_types(tx));
    if (!query) return tl::unexpected(query.error());
    if (query->group_id && !find_check_for(tx, request.caller, "checks:read", *query->group_id)) {
      return page_answer(request, Json::array(), "");
    }
    const auto page = store::list_checks(tx, *query);
    std::vector<Uuid> ids;
    for (const auto& check : page.items) ids.push_back(check.id);
    const auto states = store::check_states(tx, ids);
    MaintenanceNow maintenance(tx, context.clock.now());
    maintenance.know_hosts(tx, page.items);
    return page_answer(request, page,
                       [&](const auto& row) { return show(row, states, maintenance); });
  });
}

}  // namespace

std::optional<store::Check> find_check_for(pqxx::work& tx, const http::Caller& caller,
                                           const char* permission, const Uuid& id) {
  auto check = store::find_check(tx, id);
  if (check && !store::is_in_scope(tx, scope_of(caller, permission), check->instance_id))
    check.reset();
  return check;
}

contracts::CheckTypes own_types(Context& context) {
  const auto types =
      context.database.transact([](pqxx::work& tx) { return store::own_check_types(tx); });
  return types.value_or(contracts::CheckTypes{});
}

contracts::CheckTypes own_types(Context& context, const std::string& kind) {
  return domain::parse_check_kind(kind) ? contracts::CheckTypes() : own_types(context);
}

void seal_check(Context& context, pqxx::work& tx, store::Check& check, const Uuid& before_id,
                std::vector<http::FieldError>& errors) {
  // Nothing but masks stands for what was there before.
  const bool masked = check.settings.find(kMask) != std::string::npos;
  const auto before = masked ? store::find_check(tx, before_id) : std::nullopt;
  const auto schema =
      contracts::settings_schema(store::own_check_types(tx, check.kind), check.kind);
  auto settings = nlohmann::json::parse(check.settings);
  const bool same = before && before->kind == check.kind;
  KnownSecrets known{.id = before_id};
  if (same) {
    known.settings = nlohmann::json::parse(before->settings);
    known.target = before->target;
  }
  auto found =
      seal_secrets(context.vault, schema, check.id, std::move(known), check.target, settings);
  std::move(found.begin(), found.end(), std::back_inserter(errors));
  check.settings = settings.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_check_routes(http::Router& router, Context& context) {
  using http::Method;
  Resource<store::Check> resource;
  resource.name = "check";
  resource.path = "/api/v1/checks";
  resource.reading = "checks:read";
  resource.writing = "checks:write";
  resource.read = [&context](Fields& fields) {
    return read_check(fields, own_types(context, fields.word("kind")));
  };
  resource.writable = check_writable;
  resource.show = [&context](pqxx::work& tx, const store::Check& check) {
    MaintenanceNow maintenance(tx, context.clock.now());
    maintenance.know_hosts(tx, {check});
    auto json = show(check, store::check_states(tx, {check.id}), maintenance);
    json["locations_state"] = show_locations(store::located_states(tx, check.id));
    return json;
  };
  resource.show_new = [&context](pqxx::work& tx, const store::Check& check) {
    MaintenanceNow maintenance(tx, context.clock.now());
    maintenance.know_hosts(tx, {check});
    const store::CheckState state{.status = check.enabled ? "unknown" : "paused"};
    auto json = show(check, {{check.id, state}}, maintenance);
    std::vector<store::LocatedCheck> unheard;
    for (const auto& location : check.locations) unheard.push_back({location, {}});
    json["locations_state"] = show_locations(unheard);
    return json;
  };
  resource.show_to = [keys = auth::PingKeys(context.config.encryption_keys)](
                         pqxx::work& tx, const auto& caller, const auto& check, Json& json) {
    show_ping_url(tx, keys, caller, check, json);
  };
  resource.verify = [&context](pqxx::work& tx, store::Check& check, auto& errors) {
    verify(context, tx, check, errors);
  };
  resource.in_scope = [](pqxx::work& tx, const store::Scope& scope, const store::Check& check) {
    return store::is_in_scope(tx, scope, check.instance_id);
  };
  resource.names_in_scope = [](pqxx::work& tx, const store::Scope& scope,
                               const store::Check& check) {
    return check.kind != "group" || store::has_members_in_scope(tx, scope, check.settings);
  };
  resource.find = store::find_check;
  resource.insert = store::insert_check;
  resource.update = store::update_check;
  resource.remove = store::delete_check;
  resource.remove_with = [](pqxx::work& tx, const http::Request& request,
                            const store::Check& check) { return delete_with(tx, request, check); };
  mount(router, context, resource);
  mount(router, Method::get, resource.path, http::needs_somewhere(resource.reading),
        [&context](const auto& request) { return list(context, request); });
  add_check_run_routes(router, context);
  add_check_history_routes(router, context);
  add_check_slot_routes(router, context);
}

}  // namespace monitron::api
