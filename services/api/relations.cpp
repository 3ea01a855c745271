// What runs on what, what is part of what and what depends on what, among instances.

#include "store/relations.hpp"

#include "api/instances.hpp"
#include "api/maintenance.hpp"
#include "api/resource.hpp"
#include "store/dependencies.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using store::Relation;

const std::vector<std::string> kKinds = {"runs-on", "part-of", "depends-on"};

Uuid read_end(Fields& fields, const char* name) {
  if (!fields.has(name)) fields.refuse(name, "required", "is missing");
  return fields.uuid(name).value_or(Uuid{});
}

Relation read(Fields& fields) {
  Relation relation;
  relation.kind = fields.choice("kind", kKinds, "");
  relation.instance_id = read_end(fields, "instance_id");
  relation.target_id = read_end(fields, "target_id");
  if (!relation.target_id.is_nil() && relation.target_id == relation.instance_id) {
    fields.refuse("target_id", "cycle", "is the instance itself");
  }
  return relation;
}

Json writable(const Relation& relation) {
  return {{"kind", relation.kind},
          {"instance_id", relation.instance_id.str()},
          {"target_id", relation.target_id.str()}};
}

Json show(const Relation& relation) {
  Json json = {{"id", relation.id.str()}};
  json.update(writable(relation));
  json["version"] = relation.version;
  json["created_at"] = to_rfc3339(relation.created_at);
  json["updated_at"] = to_rfc3339(relation.updated_at);
  return json;
}

// What depends by labels and checks, and what depends as an instance, may not make a ring together.
void refuse_ring_of_checks(pqxx::work& tx, const Relation& relation, const store::Instance& child,
                           std::vector<http::FieldError>& errors) {
  store::Dependency dependency;
  dependency.id = relation.id;
  dependency.children = {{"instance", child.hostname}};
  for (const auto& check :
       store::list_checks(tx, {.page = {.limit = kMaxLimit}, .instances = {relation.target_id}})
           .items) {
    dependency.parents.push_back(check.id);
  }
  std::vector<http::FieldError> found;
  refuse_cycles(tx, dependency, found);
  if (!found.empty()) errors.push_back({"target_id", "cycle", found.front().message});
}

void verify(pqxx::work& tx, const Relation& relation, std::vector<http::FieldError>& errors) {
  store::lock_dependencies(tx);
  const auto instance = store::find_instance(tx, relation.instance_id);
  if (!instance) errors.push_back({"instance_id", "not_found", "no instance has this id"});
  const auto target = store::find_instance(tx, relation.target_id);
  if (!target) errors.push_back({"target_id", "not_found", "no instance has this id"});
  if (!instance || !target) return;
  if (store::is_related_already(tx, relation)) {
    errors.push_back({"target_id", "taken", "they are related in this way already"});
  } else if (store::leads_round(tx, relation)) {
    errors.push_back({"target_id", "cycle",
                      "\"" + target->name + "\" " + relation.kind + " \"" + instance->name +
                          "\" already, itself or over others"});
  } else if (relation.kind == "depends-on") {
    refuse_ring_of_checks(tx, relation, *instance, errors);
  }
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto page = page_query(request, store::relation_listing(), {"instance_id", "kind"});
  if (!page) return tl::unexpected(page.error());
  const auto instances = uuids_query(request, "instance_id");
  if (!instances) return tl::unexpected(instances.error());
  const auto kind = choice_query(request, "kind", kKinds);
  if (!kind) return tl::unexpected(kind.error());
  const store::RelationQuery query{.page = *page,
                                   .scope = scope_of(request.caller, "instances:read"),
                                   .instances = *instances,
                                   .kind = *kind};
  return in_transaction(context.database, [&](pqxx::work& tx) {
    return page_answer(request, store::list_relations(tx, query), show);
  });
}

}  // namespace

void add_relation_routes(http::Router& router, Context& context) {
  Resource<Relation> resource;
  resource.name = "relation";
  resource.path = "/api/v1/relations";
  resource.reading = "instances:read";
  resource.writing = "instances:write";
  resource.read = read;
  resource.writable = writable;
  resource.show = [](pqxx::work&, const Relation& relation) { return show(relation); };
  resource.verify = verify;
  resource.in_scope = [](pqxx::work& tx, const store::Scope& scope, const Relation& relation) {
    return store::is_in_scope(tx, scope, relation.instance_id) &&
           store::is_in_scope(tx, scope, relation.target_id);
  };
  resource.find = store::find_relation;
  resource.insert = store::insert_relation;
  resource.update = store::update_relation;
  resource.remove = store::delete_relation;
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, http::needs_somewhere(resource.reading),
        [&context](const auto& request) { return list(context, request); });
}

}  // namespace monitron::api
