// Teams, and roles that people and teams have on some instances.

#include "store/teams.hpp"

#include "access/roles.hpp"
#include "api/resource.hpp"
#include "api/roles.hpp"
#include "store/roles.hpp"

namespace monitron::api {
namespace {

using store::Grant;
using store::Team;

constexpr std::size_t kMostMembers = 1000;
constexpr std::size_t kUuidText = 36;

Team read_team(Fields& fields) {
  Team team;
  team.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  team.description = fields.text("description", {.max = 500});
  const auto members = fields.texts("members", kMostMembers, kUuidText);
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (const auto id = Uuid::parse(members[i])) {
      team.members.push_back(*id);
    } else {
      fields.refuse("members[" + std::to_string(i) + "]", "invalid", "is not a UUID");
    }
  }
  return team;
}

Json writable(const Team& team) {
  Json members = Json::array();
  for (const auto& id : team.members) members.push_back(id.str());
  return {{"name", team.name}, {"description", team.description}, {"members", members}};
}

void verify(pqxx::work& tx, const Team& team, std::vector<http::FieldError>& errors) {
  const auto other = store::find_team_by_name(tx, team.name);
  if (other && other->id != team.id) errors.push_back({"name", "taken", "is a team already"});
  for (const auto& id : store::unknown_users(tx, team.members)) {
    errors.push_back({"members", "not_found", "no user has the id " + id.str()});
  }
}

// Who puts people into a team, or takes them out, gives what the team has, or takes it.
Outcome<void> permit(pqxx::work& tx, const http::Caller& caller, const Team* before, const Team*) {
  if (before == nullptr) return {};
  const auto given =
      access::held_of(access::all_roles(tx), "member", store::granted_to_team(tx, before->id));
  return within_own(tx, caller, given, "change this team");
}

Grant read_grant(Fields& fields) {
  Grant grant;
  grant.user_id = fields.uuid("user_id");
  grant.team_id = fields.uuid("team_id");
  grant.given.role = fields.text("role", {.min = 1, .max = 63, .required = true});
  grant.given.labels = fields.labels("labels");
  if (grant.given.labels.empty()) {
    fields.refuse("labels", "required", "must have a label; roles of users are good everywhere");
  }
  if (grant.user_id.has_value() == grant.team_id.has_value()) {
    fields.refuse("user_id", "invalid", "either user_id or team_id says whose it is");
  }
  return grant;
}

Json writable(const Grant& grant) {
  return {{"user_id", id_or_null(grant.user_id)},
          {"team_id", id_or_null(grant.team_id)},
          {"role", grant.given.role},
          {"labels", grant.given.labels}};
}

template <class Row>
Json show(const Row& row) {
  Json json = {{"id", row.id.str()}};
  json.update(writable(row));
  json["version"] = row.version;
  json["created_at"] = to_rfc3339(row.created_at);
  json["updated_at"] = to_rfc3339(row.updated_at);
  return json;
}

void verify(pqxx::work& tx, const Grant& grant, std::vector<http::FieldError>& errors) {
  if (grant.user_id && !store::find_user(tx, *grant.user_id)) {
    errors.push_back({"user_id", "not_found", "no user has this id"});
  }
  if (grant.team_id && !store::find_team(tx, *grant.team_id)) {
    errors.push_back({"team_id", "not_found", "no team has this id"});
  }
  if (!store::find_role_by_name(tx, grant.given.role)) {
    errors.push_back(
        {"role", "invalid", "there is no such role: /api/v1/roles lists those there are"});
  }
}

Outcome<void> permit(pqxx::work& tx, const http::Caller& caller, const Grant* before,
                     const Grant* after) {
  const auto roles = access::all_roles(tx);
  for (const auto* one : {before, after}) {
    if (one == nullptr) continue;
    const auto given = access::held_of(roles, "member", {one->given});
    const auto doing = one == before ? "change this grant" : "grant the role " + one->given.role;
    if (auto may = within_own(tx, caller, given, doing); !may) return may;
  }
  return {};
}

template <class Row>
Resource<Row> resource_of(Context& context, const char* name, const char* path) {
  Resource<Row> resource;
  resource.name = name;
  resource.path = path;
  resource.reading = "teams:read";
  resource.writing = "teams:write";
  resource.writable = [](const Row& row) { return writable(row); };
  resource.show = [](pqxx::work&, const Row& row) { return show(row); };
  resource.permit = [](pqxx::work& tx, const http::Caller& caller, const Row* before,
                       const Row* after) { return permit(tx, caller, before, after); };
  resource.verify = [](pqxx::work& tx, const Row& row, std::vector<http::FieldError>& errors) {
    verify(tx, row, errors);
  };
  resource.changed = [&context] { (void)context.grants.refresh(); };
  return resource;
}

template <class Row, class List>
void mount_all(http::Router& router, Context& context, const Resource<Row>& resource,
               const store::Listing& listing, List list) {
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, resource.reading,
        [&context, &listing, list](const auto& request) {
          return list_answer(context.database, request, listing, list,
                             [](const Row& row) { return show(row); });
        });
}

}  // namespace

void add_team_routes(http::Router& router, Context& context) {
  auto teams = resource_of<Team>(context, "team", "/api/v1/teams");
  teams.read = read_team;
  teams.find = store::find_team;
  teams.insert = store::insert_team;
  teams.update = store::update_team;
  teams.remove = store::delete_team;
  mount_all(router, context, teams, store::team_listing(), store::list_teams);
  auto grants = resource_of<Grant>(context, "grant", "/api/v1/grants");
  grants.read = read_grant;
  grants.find = store::find_grant;
  grants.insert = store::insert_grant;
  grants.update = store::update_grant;
  grants.remove = store::delete_grant;
  mount_all(router, context, grants, store::grant_listing(), store::list_grants);
}

}  // namespace monitron::api
