// Groups of instances, one within another.

#include "store/groups.hpp"

#include "api/instances.hpp"
#include "api/resource.hpp"

namespace monitron::api {
namespace {

using store::Group;

Group read(Fields& fields) {
  Group group;
  group.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  group.description = fields.text("description", {.max = 4096, .lines = true});
  group.parent_id = fields.uuid("parent_id");
  fields.ignore({"members"});
  return group;
}

Json writable(const Group& group) {
  return {{"name", group.name},
          {"description", group.description},
          {"parent_id", id_or_null(group.parent_id)}};
}

Json show(const Group& group) {
  Json json = {{"id", group.id.str()}};
  json.update(writable(group));
  json["members"] = group.members;
  json["version"] = group.version;
  json["created_at"] = to_rfc3339(group.created_at);
  json["updated_at"] = to_rfc3339(group.updated_at);
  return json;
}

void verify(pqxx::work& tx, const Group& group, std::vector<http::FieldError>& errors) {
  store::lock_groups(tx);
  const auto other = store::find_group_by_name(tx, group.name);
  if (other && other->id != group.id) {
    errors.push_back({"name", "taken", "another group has this name"});
  }
  if (!group.parent_id) return;
  if (!store::find_group(tx, *group.parent_id)) {
    errors.push_back({"parent_id", "not_found", "no group has this id"});
  } else if (store::is_within_group(tx, *group.parent_id, group.id)) {
    errors.push_back({"parent_id", "cycle", "the group would be within itself"});
  }
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto page = page_query(request, store::group_listing(), {"id"});
  if (!page) return tl::unexpected(page.error());
  const auto ids = uuids_query(request, "id");
  if (!ids) return tl::unexpected(ids.error());
  const store::GroupQuery query{
      .page = *page, .scope = scope_of(request.caller, "instances:read"), .ids = *ids};
  return in_transaction(context.database, [&](pqxx::work& tx) {
    return page_answer(request, store::list_groups(tx, query), show);
  });
}

}  // namespace

void add_group_routes(http::Router& router, Context& context) {
  Resource<Group> resource;
  resource.name = "group";
  resource.path = "/api/v1/groups";
  resource.reading = "instances:read";
  resource.writing = "instances:write";
  resource.read = read;
  resource.writable = writable;
  resource.show = [](pqxx::work&, const Group& group) { return show(group); };
  resource.show_to = [](pqxx::work& tx, const auto& caller, const Group& group, Json& json) {
    const auto seen = store::find_group(tx, group.id, scope_of(caller, "instances:read"));
    json["members"] = seen ? seen->members : 0;
  };
  resource.verify = verify;
  resource.in_scope = [](pqxx::work& tx, const store::Scope& scope, const Group& group) {
    return store::find_group(tx, group.id, scope).has_value();
  };
  resource.scoped_reading_only = true;
  resource.find = [](pqxx::work& tx, const Uuid& id) { return store::find_group(tx, id); };
  resource.insert = store::insert_group;
  resource.update = store::update_group;
  resource.remove = store::delete_group;
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, http::needs_somewhere(resource.reading),
        [&context](const auto& request) { return list(context, request); });
}

}  // namespace monitron::api
