#include "api/roles.hpp"

#include "access/roles.hpp"
#include "api/resource.hpp"
#include "store/roles.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using store::Role;

constexpr std::size_t kMostNamed = 3;  // of what is lacking, in a refusal

auth::Permissions permissions_of(const Role& role) {
  return role.built_in ? auth::permissions_of_role(role.name)
                       : auth::permissions_of_names(role.permissions);
}

// What every person may is not worth a word.
Json named(const auth::Permissions& permissions) {
  return auth::lacking(permissions, auth::permissions_of_role("member"));
}

bool is_role_name(const std::string& name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

Role read(Fields& fields) {
  Role role;
  role.name = fields.text("name", {.min = 1, .max = 63, .required = true});
  if (!role.name.empty() && !is_role_name(role.name)) {
    fields.refuse("name", "invalid",
                  "must begin with a letter and have small letters, digits, - and _ only");
  }
  role.description = fields.text("description", {.max = 500});
  const auto wanted = fields.texts("permissions", kMostPermissions, 40);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!auth::is_permission(wanted[i]) || wanted[i] == "session") {
      fields.refuse("permissions[" + std::to_string(i) + "]", "invalid",
                    "is none of those of /api/v1/permissions");
    }
  }
  const auto once = named(auth::permissions_of_names(wanted));
  role.permissions = once.get<std::vector<std::string>>();
  fields.ignore({"built_in"});
  return role;
}

Json writable(const Role& role) {
  return {{"name", role.name},
          {"description", role.description},
          {"permissions", named(permissions_of(role))}};
}

Json role_json(const Role& role) {
  Json json = {{"id", role.id.str()}};
  json.update(writable(role));
  json["built_in"] = role.built_in;
  json["version"] = role.version;
  json["created_at"] = to_rfc3339(role.created_at);
  json["updated_at"] = to_rfc3339(role.updated_at);
  return json;
}

std::string counted(int count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

Outcome<void> unused(pqxx::work& tx, const Role& role) {
  const auto use = store::role_use(tx, role.name);
  const int all = use.users + use.invitations + use.grants;
  if (all == 0) return {};
  std::string who;
  const auto add = [&who](const std::string& some) { who += (who.empty() ? "" : " and ") + some; };
  if (use.users > 0) add(counted(use.users, "user", "users"));
  if (use.invitations > 0) add(counted(use.invitations, "invitation", "invitations"));
  if (use.grants > 0) add(counted(use.grants, "grant", "grants"));
  const bool one = all == 1;
  return refuse(Fault::conflict, who + (one ? " has" : " have") + " this role");
}

Outcome<void> permit(pqxx::work& tx, const http::Caller& caller, const Role* before,
                     const Role* after) {
  if (before != nullptr && before->built_in) {
    return refuse(Fault::conflict, "a built-in role cannot be changed or deleted");
  }
  if (before != nullptr) {
    if (auto may = within_own(tx, caller, {permissions_of(*before), {}}, "change this role");
        !may) {
      return may;
    }
  }
  if (after != nullptr) {
    return within_own(tx, caller, {permissions_of(*after), {}}, "make such a role");
  }
  return before == nullptr ? Outcome<void>() : unused(tx, *before);
}

void verify(pqxx::work& tx, const Role& role, std::vector<http::FieldError>& errors) {
  const auto other = store::find_role_by_name(tx, role.name);
  if (other && other->id != role.id) errors.push_back({"name", "taken", "is a role already"});
}

Resource<Role> roles(Context& context) {
  Resource<Role> resource;
  resource.name = "role";
  resource.path = "/api/v1/roles";
  resource.reading = "roles:read";
  resource.writing = "roles:write";
  resource.read = read;
  resource.writable = writable;
  resource.show = [](pqxx::work&, const Role& role) { return role_json(role); };
  resource.permit = permit;
  resource.verify = verify;
  resource.find = store::find_role;
  resource.insert = store::insert_role;
  resource.update = store::update_role;
  resource.remove = store::delete_role;
  resource.changed = [&context] { (void)context.grants.refresh(); };
  return resource;
}

// What a role can be made of.
Outcome<http::Response> permissions(const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  Json items = Json::array();
  for (const auto& one : auth::all_permissions()) {
    if (one.role == auth::Role::member) continue;
    const auto resource = one.name.substr(0, one.name.find(':'));
    items.push_back({{"name", one.name}, {"resource", resource}, {"description", one.description}});
  }
  return page_answer(request, std::move(items), "");
}

}  // namespace

access::Held held_now(pqxx::work& tx, const http::Caller& caller) {
  if (caller.kind != "user") return {caller.permissions, caller.limited};
  const auto id = Uuid::parse(caller.id);
  const auto user = id ? store::find_user_held(tx, *id) : std::nullopt;
  return user ? access::held_by(tx, *user) : access::Held{};
}

Outcome<void> within_own(pqxx::work& tx, const http::Caller& caller, const access::Held& wanted,
                         const std::string& doing) {
  const auto missing = access::lacking(wanted, held_now(tx, caller));
  if (missing.empty()) return {};
  std::string names;
  std::size_t shown = 0;
  for (const auto& name : missing) {
    if (shown++ == kMostNamed) break;
    names += (names.empty() ? "" : ", ") + name;
  }
  if (missing.size() > kMostNamed) names += " …";
  return refuse(Fault::denied, "you cannot " + doing + ": you lack " + names);
}

Outcome<void> may_give_role(pqxx::work& tx, const http::Caller& caller, const std::string& role) {
  if (!store::find_role_by_name(tx, role)) {
    return refuse_fields(
        {{"role", "invalid", "there is no such role: /api/v1/roles lists those there are"}});
  }
  return within_own(tx, caller, {access::permissions_of_role(tx, role), {}},
                    "give the role " + role);
}

Outcome<void> may_touch(pqxx::work& tx, const http::Caller& caller, const store::User& user) {
  return within_own(tx, caller, access::held_by(tx, user),
                    "change an account of the role " + user.role);
}

Outcome<void> may_touch(pqxx::work& tx, const http::Caller& caller,
                        const store::Invitation& invitation) {
  return within_own(tx, caller, {access::permissions_of_role(tx, invitation.role), {}},
                    "change an invitation to the role " + invitation.role);
}

void add_role_routes(http::Router& router, Context& context) {
  using http::Method;
  mount(router, Method::get, "/api/v1/permissions", "roles:read", permissions);
  mount(router, Method::get, "/api/v1/roles", "roles:read", [&context](const auto& request) {
    return list_answer(context.database, request, store::role_listing(), store::list_roles,
                       role_json);
  });
  mount(router, context, roles(context));
}

}  // namespace monitron::api
