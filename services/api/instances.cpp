#include "api/instances.hpp"

#include "api/check_interval.hpp"
#include "api/check_secrets.hpp"
#include "api/dependents.hpp"
#include "api/instance_json.hpp"
#include "api/resource.hpp"

#include <set>
#include <string_view>

namespace monitron::api {
namespace {

constexpr std::int64_t kServersDeprecated = 1'795'305'600;  // 2026-11-22

const std::vector<std::string> kKinds = {"server", "vm", "container", "service", "other"};

void check_names(Fields& fields, const store::Instance& instance) {
  if (!instance.hostname.empty() && !is_hostname(instance.hostname) &&
      !is_ip_address(instance.hostname)) {
    fields.refuse("hostname", "invalid", "is neither a host name nor an IP address");
  }
  if (!instance.ip_address.empty() && !is_ip_address(instance.ip_address)) {
    fields.refuse("ip_address", "invalid", "is not an IPv4 or IPv6 address");
  }
}

constexpr std::size_t kMostCredentials = 20;
constexpr std::size_t kLongestCredential = 8192;  // a private key with its certificates

store::Labels read_credentials(Fields& fields) {
  const auto object = fields.object("credentials");
  if (object.size() > kMostCredentials) {
    fields.refuse("credentials", "too_many", "must have at most 20 members");
  }
  store::Labels credentials;
  for (const auto& [name, value] : object.items()) {
    const auto* text = value.get_ptr<const Json::string_t*>();
    if (name.empty() || name.size() > 100) {
      fields.refuse("credentials", "invalid", "names must be 1 to 100 bytes long");
    } else if (text == nullptr || text->empty() || text->size() > kLongestCredential) {
      fields.refuse("credentials." + name, "invalid", "must be a string of 1 to 8192 bytes");
    } else {
      credentials[name] = *text;
    }
  }
  return credentials;
}

// Those that were given are sealed; a mask keeps what there is.
void seal_credentials(const auth::Vault& vault, pqxx::work& tx, store::Instance& instance,
                      std::vector<http::FieldError>& errors) {
  if (instance.credentials.empty()) return;
  const auto before = store::find_instance(tx, instance.id);
  for (auto& [name, text] : instance.credentials) {
    if (text == kMask) {
      const auto known = before ? before->credentials.find(name) : store::Labels::iterator{};
      if (!before || known == before->credentials.end()) {
        errors.push_back({"credentials." + name, "invalid", "has no earlier value to keep"});
      } else {
        text = known->second;
      }
      continue;
    }
    auto sealed = vault.seal(text, store::credentials_context(instance.id));
    if (sealed) text = std::move(*sealed);
    if (!sealed) errors.push_back({"credentials." + name, "invalid", sealed.error().text});
  }
}

store::Instance read(Fields& fields) {
  store::Instance instance;
  instance.hostname = fields.text("hostname", {.min = 1, .max = 253, .required = true});
  instance.name = fields.text("name", {.min = 1, .max = 200}, instance.hostname.substr(0, 200));
  instance.ip_address = fields.text("ip_address", {.max = 45});
  instance.kind = fields.choice("kind", kKinds, "server");
  instance.os = fields.text("os", {.max = 200});
  instance.description = fields.text("description", {.max = 4096, .lines = true});
  instance.labels = fields.labels("labels");
  instance.groups = fields.texts("groups", 50, 200);
  instance.agent_version = fields.text("agent_version", {.max = 100});
  if (fields.has("check_interval_seconds")) {
    instance.check_interval_seconds = fields.integer("check_interval_seconds", 1, 86'400, 60);
  }
  if (fields.has("agent_port")) {
    instance.agent_port = fields.integer("agent_port", 1, 65'535, std::nullopt);
  }
  instance.credentials = read_credentials(fields);
  fields.ignore(
      {"check_interval_seconds", "agent_port", "last_seen", "health", "checks", "maintenance"});
  check_names(fields, instance);
  return instance;
}

Json writable(const store::Instance& instance) {
  Json credentials = Json::object();
  for (const auto& [name, sealed] : instance.credentials) credentials[name] = kMask;
  return {
      {"name", instance.name},
      {"hostname", instance.hostname},
      {"ip_address", instance.ip_address.empty() ? Json(nullptr) : Json(instance.ip_address)},
      {"kind", instance.kind},
      {"os", instance.os},
      {"description", instance.description},
      {"labels", instance.labels},
      {"groups", instance.groups},
      {"agent_version", instance.agent_version},
      {"check_interval_seconds",
       instance.check_interval_seconds ? Json(*instance.check_interval_seconds) : Json(nullptr)},
      {"agent_port", instance.agent_port ? Json(*instance.agent_port) : Json(nullptr)},
      {"credentials", std::move(credentials)}};
}

store::InstanceHealth health_of(const HealthMap& health, const Uuid& id) {
  const auto found = health.find(id);
  return found == health.end() ? store::InstanceHealth{} : found->second;
}

Outcome<store::InstanceQuery> read_query(const http::Request& request) {
  const auto page =
      page_query(request, store::instance_listing(), {"id", "kind", "label", "group"});
  if (!page) return tl::unexpected(page.error());
  const auto labels = label_query(request);
  if (!labels) return tl::unexpected(labels.error());
  const auto kind = choice_query(request, "kind", kKinds);
  if (!kind) return tl::unexpected(kind.error());
  const auto ids = uuids_query(request, "id");
  if (!ids) return tl::unexpected(ids.error());
  return store::InstanceQuery{.page = *page,
                              .scope = scope_of(request.caller, "instances:read"),
                              .ids = *ids,
                              .kind = *kind,
                              .labels = *labels,
                              .group = request.query_one("group").value_or("")};
}

// Labels and groups decide who reaches an instance, and its hostname which agent is taken for it:
// they are said by who may change all.
Outcome<void> may_change_identity(pqxx::work&, const http::Caller& caller,
                                  const store::Instance* before, const store::Instance* after) {
  if (after == nullptr || caller.may("instances:write")) return {};
  const auto refused = [](const std::string& what) {
    return refuse(Fault::denied,
                  what + ": only who has the permission instances:write everywhere says that");
  };
  if (before == nullptr) return refused("a new instance");
  if (before->hostname != after->hostname) return refused("hostname");
  if (before->labels != after->labels) return refused("labels");
  const auto set_of = [](const std::vector<std::string>& names) {
    return std::set<std::string>(names.begin(), names.end());
  };
  if (set_of(before->groups) != set_of(after->groups)) return refused("groups");
  return {};
}

using Show = std::function<Json(const store::Instance&, const HealthMap&, const MaintenanceNow&)>;

Outcome<http::Response> list(Context& context, const http::Request& request, const Show& show) {
  const auto query = read_query(request);
  if (!query) return tl::unexpected(query.error());
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto page = store::list_instances(tx, *query);
    std::vector<Uuid> ids;
    for (const auto& instance : page.items) ids.push_back(instance.id);
    const auto health = store::instance_health(tx, ids);
    const MaintenanceNow maintenance(tx, context.clock.now());
    return page_answer(request, page,
                       [&](const auto& row) { return show(row, health, maintenance); });
  });
}

// What a registration by `caller` does to an instance that is there. An agent speaks of its own
// host alone.
Outcome<store::IfKnown> if_known(pqxx::work& tx, const http::Caller& caller,
                                 const std::string& hostname) {
  if (caller.may("instances:write")) return store::IfKnown::change;
  if (caller.kind != "agent") return store::IfKnown::keep;
  const auto own = store::find_instance_by_hostname(tx, hostname);
  if (own && own->id.str() == caller.id) return store::IfKnown::complete;
  return refuse_fields({{"hostname", "not_own", "an agent registers only its own host"}});
}

// Who may not read an instance that is there learns its id alone.
Json registered_json(pqxx::work& tx, const http::Caller& caller, const store::Registration& done) {
  const auto& instance = done.instance;
  if (done.created || caller.id == instance.id.str() ||
      store::is_in_scope(scope_of(caller, "instances:read"), instance.labels)) {
    return server_json(instance, store::instance_health(tx, {instance.id}));
  }
  return {{"id", instance.id.str()}, {"hostname", instance.hostname}};
}

Outcome<http::Response> register_server(Context& context, const http::Request& request) {
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  const auto instance = read_registration(fields);
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto known = if_known(tx, request.caller, instance.hostname);
    if (!known) return tl::unexpected(known.error());
    const auto done = store::register_instance(tx, instance, *known);
    if (!done) return refuse_labels();
    if (done->created || *known != store::IfKnown::keep) {
      store::append_audit(
          tx, audit_entry(request, done->created ? "instance.create" : "instance.update",
                          done->instance.id.str(), {{"after", writable(done->instance)}}));
    }
    return json_answer(done->created ? 201 : 200, registered_json(tx, request.caller, *done));
  });
}

Outcome<http::Response> get_server(Context& context, const http::Request& request) {
  const auto id = only_id(request);
  if (!id) return tl::unexpected(id.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto instance = store::find_instance(tx, *id);
    if (!instance ||
        !store::is_in_scope(scope_of(request.caller, "instances:read"), instance->labels)) {
      return refuse(Fault::not_found, "nothing has this id");
    }
    return with_etag(json_answer(200, server_json(*instance, store::instance_health(tx, {*id}))),
                     instance->version);
  });
}

}  // namespace

tl::unexpected<Refusal> refuse_labels() {
  return refuse_fields({{"labels", "too_many", "would be more than 50 with those it has"}});
}

store::Instance read_registration(Fields& fields) {
  store::Instance instance;
  instance.id = Uuid::make();
  instance.hostname = fields.text("hostname", {.min = 1, .max = 253, .required = true});
  instance.ip_address = fields.text("ip_address", {.max = 45});
  instance.os = fields.text("os", {.max = 200});
  instance.agent_version = fields.text("agent_version", {.max = 100});
  instance.labels = fields.labels("labels");
  check_names(fields, instance);
  return instance;
}

Json instance_json(const store::Instance& instance, const HealthMap& health,
                   const MaintenanceNow& maintenance) {
  const auto known = health_of(health, instance.id);
  Json json = {{"id", instance.id.str()}};
  json.update(writable(instance));
  json["last_seen"] = time_or_null(known.last_seen);
  json["health"] = known.status(system_clock().now());
  json["checks"] = {{"up", known.up}, {"down", known.down}, {"unknown", known.unknown}};
  json["maintenance"] = maintenance.of(instance);
  json["version"] = instance.version;
  json["created_at"] = to_rfc3339(instance.created_at);
  json["updated_at"] = to_rfc3339(instance.updated_at);
  return json;
}

Json server_json(const store::Instance& instance, const HealthMap& health) {
  return {{"id", instance.id.str()},
          {"hostname", instance.hostname},
          {"ip_address", instance.ip_address.empty() ? Json(nullptr) : Json(instance.ip_address)},
          {"os", instance.os},
          {"labels", instance.labels},
          {"agent_version", instance.agent_version},
          {"last_seen", time_or_null(health_of(health, instance.id).last_seen)},
          {"created_at", to_rfc3339(instance.created_at)},
          {"updated_at", to_rfc3339(instance.updated_at)}};
}

void add_instance_routes(http::Router& router, Context& context) {
  Resource<store::Instance> resource;
  resource.name = "instance";
  resource.path = "/api/v1/instances";
  resource.reading = "instances:read";
  resource.writing = "instances:write";
  resource.read = read;
  resource.writable = writable;
  resource.show = [&context](pqxx::work& tx, const store::Instance& instance) {
    return instance_json(instance, store::instance_health(tx, {instance.id}),
                         MaintenanceNow(tx, context.clock.now()));
  };
  resource.verify = [&context](pqxx::work& tx, store::Instance& instance,
                               std::vector<http::FieldError>& errors) {
    const auto other = store::find_instance_by_hostname(tx, instance.hostname);
    if (other && other->id != instance.id) {
      errors.push_back({"hostname", "taken", "another instance has this hostname"});
    }
    try_check_interval(tx, instance, errors);
    seal_credentials(context.vault, tx, instance, errors);
  };
  resource.in_scope = [](pqxx::work&, const store::Scope& scope, const store::Instance& instance) {
    return store::is_in_scope(scope, instance.labels);
  };
  resource.permit = may_change_identity;
  resource.find = store::find_instance;
  resource.insert = store::insert_instance;
  resource.update = [](pqxx::work& tx, const store::Instance& instance) {
    auto after = store::update_instance(tx, instance);
    if (after) pass_on_check_interval(tx, *after);
    return after;
  };
  resource.remove = store::delete_instance;
  resource.remove_with = [](pqxx::work& tx, const http::Request& request,
                            const store::Instance& instance) {
    return delete_with(tx, request, instance);
  };
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, http::needs_somewhere(resource.reading),
        [&context](const auto& request) { return list(context, request, instance_json); });
}

void add_server_routes(http::Router& router, Context& context) {
  using http::Method;
  const auto older = [](const char* permission, const char* successor) {
    return http::Access{.permission = permission,
                        .scoped = permission == std::string_view("instances:read"),
                        .successor = successor,
                        .deprecated_since = kServersDeprecated};
  };
  mount(router, Method::post, "/api/v1/servers", older("instances:register", "/api/v1/instances"),
        [&context](const auto& request) { return register_server(context, request); });
  const auto all = older("instances:read", "/api/v1/instances");
  mount(router, Method::get, "/api/v1/servers", all, [&context](const auto& request) {
    return list(context, request, [](const auto& instance, const auto& health, const auto&) {
      return server_json(instance, health);
    });
  });
  mount(router, Method::get, "/api/v1/servers/:id",
        older("instances:read", "/api/v1/instances/{id}"),
        [&context](const auto& request) { return get_server(context, request); });
}

}  // namespace monitron::api
