// Permissions on some instances alone: whoever has them reaches those, and as for the rest, it is
// not there.

#include "access/roles.hpp"
#include "auth/roles.hpp"
#include "scope_scene.hpp"
#include "testkit/eventually.hpp"

namespace monitron::api {
namespace {

using http::Method;
using namespace std::chrono_literals;

std::string key_of(const http::Router::Route& route) {
  return std::string(http::to_string(route.method)) + " " + route.pattern;
}

// A route that takes limited callers: what it is about, and a body that is well by itself.
struct Walked {
  std::string about{};  // a resource below
  bool writes = false;
  Json body{};
  std::string query{};  // that it needs
};

// What there is of a resource: the own one, others; and one more of the own ones, as it may be
// deleted.
struct Things {
  std::string own{};
  std::vector<std::string> foreign{};
  std::function<std::string()> another{};
  std::string path{};
};

// Status of the same as an operation of a bulk request.
int in_bulk(const std::string& token, Method method, const std::string& path, const Json& body) {
  const Json operation = {{"method", http::to_string(method)}, {"path", path}, {"body", body}};
  const auto answer = suite().post("/api/v1/bulk", token, {{"operations", {operation}}});
  return answer.status == 200 ? answer.json["results"][0]["status"].get<int>() : answer.status;
}

// M-025, M-132, S9: of every route that lets in who has a permission on some instances alone,
// walked from the table: the own thing is found, the foreign one is not there, lists have the own
// ones alone. A route that is scoped and has no entry here fails.
TEST_F(Scopes, EveryScopedRouteKeepsToTheScope) {
  const auto second = instance(own_labels());
  const Json instance_body = {{"hostname", "x.example.org"}, {"labels", {{"env", "other"}}}};
  const Json check_body = {{"kind", "http"}, {"target", "http://a.example"}};
  const Json relation_body = {{"kind", "runs-on"}, {"instance_id", own_}, {"target_id", second}};
  const auto relation = [&](const std::string& from, const std::string& to) {
    return make(
        "/api/v1/relations",
        {{"kind", to == own_ ? "runs-on" : "part-of"}, {"instance_id", from}, {"target_id", to}});
  };
  const auto group = [&](const std::string& member) {
    const auto name = "group " + Uuid::make().str();
    EXPECT_EQ(ask(Method::patch, "/api/v1/instances/" + member, api().admin(), {{"groups", {name}}})
                  .status,
              200);
    return api()
        .get("/api/v1/groups?q=" + name.substr(6), api().admin())
        .json["items"][0]
        .value("id", "");
  };
  const auto test_of = [&](const std::string& check) {
    const auto run = api().send(Method::post, "/api/v1/checks/" + check + "/run", api().admin(), "",
                                {{"prefer", "wait=0"}});
    EXPECT_EQ(run.status, 202) << run.text;
    return run.json.value("id", "");
  };
  // What one names is of the scope, all of it.
  const std::vector<std::string> incidents = {incident(foreign_, foreign_check_),
                                              incident(own_, foreign_check_),
                                              incident(foreign_, own_check_),
                                              incident("", loose_check_),
                                              incident("", ""),
                                              incident("no id", own_check_)};
  const auto acknowledged = [&] {
    const auto id = incident("", own_check_);
    const auto done = ask(Method::put, "/api/v1/incidents/" + id + "/acknowledgement",
                          api().admin(), Json::object());
    EXPECT_EQ(done.status, 200) << done.text;
    return id;
  };
  const std::map<std::string, Things> things = {
      {"instance",
       {own_, {foreign_}, [&] { return instance(own_labels()); }, "/api/v1/instances/"}},
      {"check",
       {own_check_,
        {foreign_check_, loose_check_},
        [&] { return check(own_); },
        "/api/v1/checks/"}},
      {"test", {test_of(own_check_), {test_of(foreign_check_), test_of(loose_check_)}, {}, ""}},
      {"relation",
       {relation(own_, second),
        {relation(own_, foreign_), relation(foreign_, own_), relation(foreign_, instance({}))},
        [&] { return relation(instance(own_labels()), own_); },
        "/api/v1/relations/"}},
      {"group", {group(own_), {group(foreign_)}, {}, ""}},
      {"incident", {incident(own_, own_check_), incidents, [&] { return incident(own_, ""); }, ""}},
      {"acknowledged", {"", incidents, acknowledged, ""}}};
  std::map<std::string, Walked> walked = {
      {"GET /api/v1/instances", {"instance"}},
      {"POST /api/v1/instances", {"instance", true, instance_body}},
      {"GET /api/v1/instances/:id", {"instance"}},
      {"PUT /api/v1/instances/:id", {"instance", true, instance_body}},
      {"PATCH /api/v1/instances/:id", {"instance", true, {{"os", "Linux"}}}},
      {"DELETE /api/v1/instances/:id", {"instance", true}},
      {"GET /api/v1/servers", {"instance"}},
      {"GET /api/v1/servers/:id", {"instance"}},
      {"GET /api/v1/groups", {"group"}},
      {"GET /api/v1/groups/:id", {"group"}},
      {"GET /api/v1/relations", {"relation"}},
      {"POST /api/v1/relations", {"relation", true, relation_body}},
      {"GET /api/v1/relations/:id", {"relation"}},
      {"PUT /api/v1/relations/:id", {"relation", true, relation_body}},
      {"PATCH /api/v1/relations/:id", {"relation", true, {{"kind", "runs-on"}}}},
      {"DELETE /api/v1/relations/:id", {"relation", true}},
      {"GET /api/v1/checks", {"check"}},
      {"POST /api/v1/checks", {"check", true, check_body}},
      {"GET /api/v1/checks/:id", {"check"}},
      {"PUT /api/v1/checks/:id", {"check", true, check_body}},
      {"PATCH /api/v1/checks/:id", {"check", true, {{"enabled", false}}}},
      {"DELETE /api/v1/checks/:id", {"check", true}},
      {"POST /api/v1/checks/:id/run", {"check", true}},
      {"GET /api/v1/checks/tests/:id", {"test"}},
      {"GET /api/v1/checks/:id/events", {"check"}},
      {"GET /api/v1/checks/:id/results", {"check"}},
      {"GET /api/v1/checks/:id/slots",
       {"check", false, nullptr, "?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z"}},
      {"GET /api/v1/incidents", {"incident"}},
      {"GET /api/v1/incidents/:id", {"incident"}},
      {"PUT /api/v1/incidents/:id/acknowledgement", {"incident", true, Json::object()}},
      {"DELETE /api/v1/incidents/:id/acknowledgement", {"acknowledged", true}},
      {"PUT /api/v1/incidents/:id/assignee", {"incident", true, {{"user_id", nullptr}}}},
      {"POST /api/v1/incidents/:id/notes", {"incident", true, {{"text", "seen"}}}},
      // The same for everybody.
      {"GET /api/v1/check-types", {}},
      {"GET /api/v1/check-types/:name", {}},
      // Below: which of them there are, and what they are about.
      {"GET /api/v1/alerts", {}},
      {"GET /api/v1/metrics", {}},
      {"GET /api/v1/metrics/series", {}},
      // By a test of their own.
      {"GET /api/v1/connections", {}},
      {"GET /api/v1/connections/graph", {}},
      {"GET /api/v1/connections/findings", {}},
      {"GET /api/v1/connections/log", {}},
      {"GET /api/v1/listeners", {}},
      // What they ask is asked of the other routes.
      {"GET /api/v1/graphql", {}},
      {"POST /api/v1/graphql", {}},
      {"POST /api/v1/bulk", {}},
  };
  for (const auto* path : {"/query", "/query_range", "/series", "/labels", "/label/:name/values",
                           "/format_query", "/query_exemplars", "/status/buildinfo"}) {
    for (const auto* prefix :
         {"GET /api/v1", "POST /api/v1", "GET /prometheus/api/v1", "POST /prometheus/api/v1"}) {
      walked[std::string(prefix) + path] = {};  // below, too
    }
  }
  const auto reader = person(), writer = person();
  grant(reader.id, "viewer", own_labels());
  grant(writer.id, "admin", own_labels());
  const std::map<std::string, std::set<std::string>> listed_ones = {
      {"instance", {own_, second}},
      {"check", {own_check_}},
      {"relation", {things.at("relation").own}},
      {"incident", {things.at("incident").own}},
      {"group", {things.at("group").own}}};
  std::set<std::string> seen;
  std::map<std::string, std::size_t> made;  // that stay
  for (const auto& route : api().router->routes()) {
    if (!route.access.scoped) continue;
    const auto key = key_of(route);
    const auto found = walked.find(key);
    EXPECT_NE(found, walked.end()) << key << " is scoped and not walked";
    if (found == walked.end()) continue;
    seen.insert(key);
    const auto& about = found->second.about;
    const auto& body = found->second.body;
    const bool writes = found->second.writes;
    if (about.empty()) continue;
    const auto& thing = things.at(about);
    const auto id = route.pattern.find(":id");
    if (id == std::string::npos) {
      if (route.method != Method::get) continue;  // below: ids and labels of bodies
      const auto ids = listed(route.pattern, reader.token);
      for (const auto& one : listed_ones.at(about)) EXPECT_TRUE(ids.contains(one)) << key;
      for (const auto& one : thing.foreign) EXPECT_FALSE(ids.contains(one)) << key << " " << one;
      EXPECT_EQ(ids.size(), listed_ones.at(about).size() + made[about]) << key;
      continue;
    }
    const auto with = [&](const std::string& one) {
      return std::string(route.pattern).replace(id, 3, one) + found->second.query;
    };
    const auto absent = ask(route.method, with(Uuid::make().str()), writer.token, body);
    for (const auto& one : thing.foreign) {
      const auto refused = ask(route.method, with(one), writer.token, body);
      EXPECT_EQ(refused.status, 404) << key << " " << refused.text;
      EXPECT_EQ(refused.json.value("detail", ""), absent.json.value("detail", "-")) << key;
      if (!route.access.bulk) continue;
      EXPECT_EQ(in_bulk(writer.token, route.method, with(one), body), 404) << key;
    }
    const auto mine = writes ? thing.another() : thing.own;
    if (about == "incident" || about == "acknowledged") made["incident"] += writes ? 1 : 0;
    EXPECT_EQ(ask(route.method, with(mine), reader.token, body).status, writes ? 403 : 200) << key;
    Json good = body;
    if (good.contains("labels")) good["labels"] = own_labels();
    if (good.contains("hostname")) {
      good["hostname"] = api().get("/api/v1/instances/" + mine, api().admin()).json["hostname"];
    }
    if (about == "check" && good.contains("kind")) good["instance_id"] = own_;
    const auto done =
        api().ask(route.method, with(mine), writer.token, good, {{"prefer", "wait=0"}});
    EXPECT_LT(done.status, 300) << key << " " << done.text;
    if (writes && route.method != Method::delete_ && !thing.path.empty()) {
      EXPECT_EQ(ask(Method::delete_, thing.path + mine, api().admin()).status, 204);
    }
  }
  EXPECT_EQ(seen.size(), walked.size());
  EXPECT_EQ(api().get("/api/v1/groups/" + things.at("group").own, reader.token).json["members"], 1);
}

// S9: ids and labels inside bodies: what is named, and what it would become.
TEST_F(Scopes, BodiesNameNothingForeign) {
  const auto writer = person();
  grant(writer.id, "admin", own_labels());
  const auto makes_check = [&](const Json& instance, const Json& more = Json::object()) {
    Json body = {{"kind", "http"}, {"target", "http://a.example"}, {"instance_id", instance}};
    body.update(more);
    return api().post("/api/v1/checks", writer.token, body);
  };
  const auto foreign = makes_check(foreign_), absent = makes_check(Uuid::make().str());
  EXPECT_EQ(foreign.status, 403) << foreign.text;
  EXPECT_EQ(foreign.json["detail"], absent.json["detail"]);
  EXPECT_EQ(makes_check(nullptr).status, 403);
  const auto mine = makes_check(own_);
  ASSERT_EQ(mine.status, 201) << mine.text;
  const auto path = "/api/v1/checks/" + mine.json["id"].get<std::string>();
  const auto moved = [&](const Json& instance) {
    return ask(Method::patch, path, writer.token, {{"instance_id", instance}}).status;
  };
  EXPECT_EQ(moved(foreign_), 403);
  EXPECT_EQ(moved(nullptr), 403);
  EXPECT_EQ(moved(own_), 200);
  const auto group = [&](const std::string& member) {
    const Json settings = {{"group", {{"members", {{{"check_id", member}}}}}}};
    return makes_check(own_, {{"kind", "group"}, {"target", "shop"}, {"settings", settings}});
  };
  EXPECT_EQ(group(foreign_check_).status, 403);
  const auto good = group(own_check_);
  EXPECT_EQ(good.status, 201) << good.text;
  const auto foreign_group = make(
      "/api/v1/checks", {{"kind", "group"},
                         {"target", "shop"},
                         {"settings", {{"group", {{"members", {{{"check_id", own_check_}}}}}}}}});
  const auto members = api().get("/api/v1/checks?group_id=" + foreign_group, writer.token);
  EXPECT_EQ(members.json["items"].size(), 0u) << members.text;

  const auto place = "/api/v1/instances/" + own_;
  const auto relabelled = ask(Method::patch, place, writer.token, {{"labels", {{"env", "other"}}}});
  EXPECT_EQ(relabelled.status, 403);
  EXPECT_NE(relabelled.text.find(env_), std::string::npos) << relabelled.text;
  const auto grouped = ask(Method::patch, place, writer.token, {{"groups", {"g-" + env_}}});
  EXPECT_EQ(grouped.status, 403) << grouped.text;
  const auto relates = [&](const std::string& from, const std::string& to) {
    return api().post("/api/v1/relations", writer.token,
                      {{"kind", "runs-on"}, {"instance_id", from}, {"target_id", to}});
  };
  EXPECT_EQ(relates(own_, foreign_).status, 403);
  EXPECT_EQ(relates(foreign_, own_).status, 403);
  EXPECT_EQ(relates(own_, instance(own_labels())).status, 201);
  const auto host = Uuid::make().str() + ".example.org";
  const auto makes = [&](const Json& labels) {
    return api()
        .post("/api/v1/instances", writer.token, {{"hostname", host}, {"labels", labels}})
        .status;
  };
  EXPECT_EQ(makes({{"env", "other"}}), 403);
  EXPECT_EQ(makes(Json::object()), 403);
  // What would let others reach it, or take an agent for it, stays.
  EXPECT_EQ(makes({{"env", env_}, {"tier", "db"}}), 403);
  for (const auto& change : {Json{{"labels", {{"env", env_}, {"tier", "web"}, {"team", "x"}}}},
                             Json{{"labels", {{"tier", nullptr}}}}, Json{{"hostname", host}}}) {
    EXPECT_EQ(ask(Method::patch, place, writer.token, change).status, 403) << change;
  }
  EXPECT_EQ(ask(Method::patch, place, writer.token, {{"description", "of ours"}}).status, 200);
}

// Default deny: what does not say that it is scoped asks for the whole permission.
TEST_F(Scopes, WhatIsNotScopedIsRefused) {
  const auto writer = person();
  grant(writer.id, "admin", own_labels());
  int asked = 0;
  for (const auto& route : api().router->routes()) {
    if (route.access.open || route.access.scoped || route.access.permission == "session") continue;
    std::string path;
    for (const auto& segment : route.segments) {
      path += "/" + (segment.front() == ':' ? Uuid::make().str() : segment);
    }
    EXPECT_EQ(api().send(route.method, path, writer.token, "[]", {}).status, 403) << key_of(route);
    ++asked;
  }
  EXPECT_GT(asked, 60);
}

// M-132: what a team is granted, its members have; a token has what its maker has, and no more.
TEST_F(Scopes, TeamsAndTokensHaveTheSameLimits) {
  const auto someone = person();
  EXPECT_EQ(api().get("/api/v1/checks", someone.token).status, 403);
  const auto team = make("/api/v1/teams", {{"name", "Web " + env_}, {"members", {someone.id}}});
  const auto given =
      make("/api/v1/grants", {{"team_id", team}, {"role", "viewer"}, {"labels", own_labels()}});
  EXPECT_EQ(listed("/api/v1/checks", someone.token), std::set<std::string>{own_check_});
  EXPECT_EQ(listed("/api/v1/instances", someone.token), std::set<std::string>{own_});
  const auto wide =
      api().post("/api/v1/grants", api().admin(), {{"user_id", someone.id}, {"role", "viewer"}});
  EXPECT_EQ(fields_of(wide), Names{"labels"});  // everywhere is what roles of users are for

  const auto maker = person("admin");
  const auto script =
      api().post("/api/v1/tokens", maker.token, {{"name", "s"}, {"scopes", {"read"}}});
  ASSERT_EQ(script.status, 201) << script.text;
  const auto token = script.json["token"].get<std::string>();
  EXPECT_GT(listed("/api/v1/checks", token).size(), 1u);
  grant(maker.id, "admin", own_labels());
  ASSERT_EQ(
      ask(Method::patch, "/api/v1/users/" + maker.id, api().admin(), {{"role", "member"}}).status,
      200);
  EXPECT_TRUE(
      testkit::eventually(10s, [&] { return listed("/api/v1/checks", token).size() == 1; }));
  EXPECT_EQ(ask(Method::delete_, "/api/v1/checks/" + own_check_, token).status, 403);

  EXPECT_EQ(ask(Method::patch, "/api/v1/teams/" + team, api().admin(), {{"members", Json::array()}})
                .status,
            200);
  EXPECT_EQ(api().get("/api/v1/checks", someone.token).status, 403);
  EXPECT_EQ(ask(Method::delete_, "/api/v1/grants/" + given, api().admin()).status, 204);
  EXPECT_EQ(ask(Method::delete_, "/api/v1/teams/" + team, api().admin()).status, 204);
}

// S9: nobody grants more than he has, wider labels included, by whatever way.
TEST_F(Scopes, NobodyGrantsMoreThanHeHas) {
  const auto name = "granter-" + env_;
  make("/api/v1/roles",
       {{"name", name}, {"permissions", {"teams:read", "teams:write", "users:write"}}});
  const auto granter = person(name), friend_of = person();
  grant(granter.id, "viewer", own_labels());
  const auto gives = [&](const std::string& role, const Json& labels) {
    return api().post("/api/v1/grants", granter.token,
                      {{"user_id", friend_of.id}, {"role", role}, {"labels", labels}});
  };
  EXPECT_EQ(gives("viewer", own_labels()).status, 201);
  EXPECT_EQ(gives("viewer", {{"env", env_}, {"tier", "web"}}).status, 201);
  for (const auto& wider : {Json{{"env", "other"}}, Json{{"tier", "web"}}}) {
    EXPECT_EQ(gives("viewer", wider).status, 403) << wider;
  }
  EXPECT_EQ(gives("operator", own_labels()).status, 403);
  EXPECT_EQ(fields_of(gives("king", own_labels())), Names{"role"});
  EXPECT_EQ(fields_of(api().post("/api/v1/grants", granter.token,
                                 {{"role", "viewer"}, {"labels", own_labels()}})),
            Names{"user_id"});

  // By way of a team, or of the account of somebody who has more.
  const auto team = make("/api/v1/teams", {{"name", "Admins " + env_}});
  make("/api/v1/grants", {{"team_id", team}, {"role", "admin"}, {"labels", {{"env", "other"}}}});
  EXPECT_EQ(ask(Method::patch, "/api/v1/teams/" + team, granter.token, {{"members", {granter.id}}})
                .status,
            403);
  const auto strong = person();
  grant(strong.id, "admin", {{"env", "other"}});
  EXPECT_EQ(ask(Method::patch, "/api/v1/users/" + strong.id, granter.token,
                {{"email", "mine@example.org"}})
                .status,
            403);
  EXPECT_EQ(ask(Method::delete_, "/api/v1/users/" + friend_of.id, granter.token).status, 204);
}

// Rules are everybody's: who reaches the check alone does not delete one with it.
TEST_F(Scopes, ACheckWithARuleIsNotDeletedByWhoMayNotDeleteTheRule) {
  const auto who = person();
  grant(who.id, "admin", own_labels());
  EXPECT_TRUE(api().grants->refresh());
  const auto rule =
      make("/api/v1/rules",
           {{"name", "on " + own_check_}, {"kind", "check_state"}, {"check_id", own_check_}});
  const auto drop = [&](const std::string& path) {
    return api().ask(http::Method::delete_, path, who.token);
  };
  const auto refused = drop("/api/v1/checks/" + own_check_);
  EXPECT_EQ(refused.status, 403) << refused.text;
  EXPECT_NE(refused.text.find("rules:write"), std::string::npos) << refused.text;
  EXPECT_EQ(api().get("/api/v1/rules/" + rule, api().admin()).status, 200);
  EXPECT_EQ(api().ask(http::Method::delete_, "/api/v1/rules/" + rule, api().admin()).status, 204);
  EXPECT_EQ(drop("/api/v1/checks/" + own_check_).status, 204);
}

}  // namespace
}  // namespace monitron::api
