// What GraphQL shows and does is what REST shows and does. M-035, M-171.

#include "api/openapi.hpp"
#include "auth/roles.hpp"
#include "graphql/sdl.hpp"
#include "graphql_scene.hpp"

#include <atomic>
#include <dlfcn.h>
#include <fstream>
#include <libpq-fe.h>
#include <sstream>

namespace {
std::atomic<int> statements{0};
}  // namespace

// Every statement with parameters that this program sends passes here on its way to libpq.
// NOLINTNEXTLINE(readability-function-size): as libpq declares it
extern "C" PGresult* PQexecParams(PGconn* connection, const char* command, int count,
                                  const Oid* types, const char* const* values, const int* lengths,
                                  const int* formats, int result_format) {
  ++statements;
  using Real = decltype(&PQexecParams);
  static const auto real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "PQexecParams"));
  return real(connection, command, count, types, values, lengths, formats, result_format);
}

namespace monitron::api {
namespace {

class Graphql : public GraphqlTest {};

TEST_F(Graphql, OneRequestShowsInstancesWithTheirChecksAndTheirState) {
  const auto host = make_instance("whole.graphql.example");
  const auto first = make_check("a", host), second = make_check("b", host);
  const auto shown = data(R"(query ($id: ID!, $check: ID!) {
      me { email role }
      instance(id: $id) {
        hostname health labels checkCounts { unknown }
        checks(first: 1) { nodes { id name status instance { id } } pageInfo { hasNextPage endCursor } }
      }
      check(id: $check) { name results { nodes { status } } events { nodes { at } } }
    })",
                          {{"id", host}, {"check", first}});
  EXPECT_EQ(shown["me"]["email"], kAdminEmail);
  const auto& instance = shown["instance"];
  EXPECT_EQ(instance["hostname"], "whole.graphql.example");
  EXPECT_EQ(instance["labels"], Json::object());
  const auto& page = instance["checks"];
  ASSERT_EQ(page["nodes"].size(), 1);
  EXPECT_EQ(page["nodes"][0]["id"], first);
  EXPECT_EQ(page["nodes"][0]["status"], "unknown");
  EXPECT_EQ(page["nodes"][0]["instance"]["id"], host);
  EXPECT_EQ(page["pageInfo"]["hasNextPage"], true);
  EXPECT_EQ(shown["check"]["results"]["nodes"], Json::array());

  const auto next = data(
      "query ($id: ID!, $after: String) { instance(id: $id) { checks(first: 1, "
      "after: $after) { nodes { id } pageInfo { hasNextPage hasPreviousPage } } } }",
      {{"id", host}, {"after", page["pageInfo"]["endCursor"]}});
  const auto& rest = next["instance"]["checks"];
  EXPECT_EQ(rest["nodes"], Json::array({{{"id", second}}}));
  EXPECT_EQ(rest["pageInfo"]["hasNextPage"], false);
  EXPECT_EQ(rest["pageInfo"]["hasPreviousPage"], true);
}

// No list is asked for item by item.
TEST_F(Graphql, AsManyStatementsForManyInstancesAsForFew) {
  for (int i = 0; i < 30; ++i) {
    const auto host = make_instance("n" + std::to_string(i) + ".statements.example");
    for (const auto* name : {"a", "b", "c"}) make_check(name, host);
  }
  const auto count = [&](int first) {
    const int before = statements;
    const auto shown = data(
        "query ($first: Int) { instances(q: \"statements.example\", first: $first) { nodes { "
        "checks(first: 2) { nodes { name instance { hostname } } pageInfo { hasNextPage } } } } }",
        {{"first", first}});
    const auto& nodes = shown["instances"]["nodes"];
    EXPECT_EQ(nodes.size(), first);
    for (const auto& node : nodes) {
      EXPECT_EQ(node["checks"]["nodes"].size(), 2);
      EXPECT_EQ(node["checks"]["pageInfo"]["hasNextPage"], true);
    }
    return statements - before;
  };
  const int few = count(2);
  EXPECT_GT(few, 3);  // they are counted
  EXPECT_EQ(count(30), few);
}

TEST_F(Graphql, ListsGoOnFromTheirCursorsAndTakeTheFiltersOfRest) {
  for (int i = 0; i < 3; ++i) make_instance("c" + std::to_string(i) + ".cursors.example");
  const auto page = data(R"({ instances(q: "cursors.example", first: 2) {
      edges { cursor node { hostname } } pageInfo { startCursor endCursor hasNextPage } } })");
  const auto& edges = page["instances"]["edges"];
  ASSERT_EQ(edges.size(), 2);
  EXPECT_EQ(edges[1]["cursor"], page["instances"]["pageInfo"]["endCursor"]);
  const auto rest = api().get("/api/v1/instances?q=cursors.example&limit=2", api().admin());
  const auto next = [&](const Json& cursor) {
    return api()
        .get("/api/v1/instances?q=cursors.example&cursor=" + cursor.get<std::string>(),
             api().admin())
        .json["items"];
  };
  EXPECT_EQ(next(edges[1]["cursor"]), next(rest.json["next_cursor"]));
  const auto after = data(
      "query ($after: String) { instances(q: \"cursors.example\", after: $after) "
      "{ nodes { hostname } } }",
      {{"after", edges[0]["cursor"]}});
  ASSERT_EQ(after["instances"]["nodes"].size(), 2);
  EXPECT_EQ(after["instances"]["nodes"][0], edges[1]["node"]);
  EXPECT_EQ(refused(api().admin(), R"({ instances(after: "no cursor") { nodes { id } } })",
                    {"instances"}),
            "INVALID");
  const auto text = post(api().admin(), "{ instances(first: 5000) { nodes { id } } }").text;
  EXPECT_NE(text.find("first: must be a whole number"), std::string::npos) << text;
  EXPECT_EQ(refused(api().admin(), "{ instances(first: 5000) { nodes { id } } }", {"instances"}),
            "INVALID");
}

// M-171: else the page that the route takes by itself would cost nothing.
TEST_F(Graphql, APageHasASize) {
  const auto null = post(api().admin(), "{ instances(first: null) { nodes { id } } }");
  EXPECT_EQ(null.json["errors"][0]["extensions"]["code"], "VALIDATION") << null.text;
  EXPECT_EQ(
      refused(api().admin(), "query ($first: Int) { instances(first: $first) { nodes { id } } }",
              {"instances"}, {{"first", nullptr}}),
      "INVALID");
}

// M-171
// S-15.
TEST_F(Graphql, WhatReadsTooMuchEndsThere) {
  change([](pqxx::work& tx) {
    tx.exec0(
        "INSERT INTO instances (id, name, hostname, kind, os, description) SELECT "
        "gen_random_uuid(), 'big' || n, 'big' || n || '.example', 'server', '', repeat('x', 4000) "
        "FROM generate_series(1, 250) n");
  });
  std::string query = "{";
  for (int i = 0; i < 25; ++i) {
    query += " a" + std::to_string(i) + ": instances(first: 250) { nodes { id } }";
  }
  const auto answer = post(api().admin(), query + " }");
  EXPECT_NE(answer.text.find("16 MiB"), std::string::npos) << answer.text.substr(0, 1000);
  EXPECT_LT(answer.text.size(), std::size_t{20} << 20);
  change([](pqxx::work& tx) { tx.exec0("DELETE FROM instances WHERE hostname LIKE 'big%'"); });
}

TEST_F(Graphql, IncidentsAlertsAndRulesLeadToEachOther) {
  const auto rule = api().post("/api/v1/rules", api().admin(),
                               {{"name", "linked"}, {"kind", "threshold"}, {"expr", "a > 1"}});
  StagedIncident incident;
  incident.rule_id = *Uuid::parse(rule.json.value("id", ""));
  open(incident);
  const auto shown = data(
      "query ($rule: [ID!]) { incidents(state: open, severity: critical) { nodes { id rule { id "
      "name "
      "} } } rules(id: $rule) { nodes { name } } }",
      {{"rule", rule.json["id"]}});
  bool found = false;
  for (const auto& node : shown["incidents"]["nodes"]) {
    if (node["id"] != incident.id.str()) continue;
    found = true;
    EXPECT_EQ(node["rule"]["name"], "linked");
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(shown["rules"]["nodes"], Json::array({{{"name", "linked"}}}));
}

TEST_F(Graphql, DataOfSeriesComeFromTheQueryEngine) {
  const auto shown =
      data(R"q({ query(query: "vector(7)", time: "100") { resultType series { metric values } }
      queryRange(query: "1 + 1", start: "0", end: "20", step: "10") { resultType series { values } } })q");
  EXPECT_EQ(shown["query"]["series"][0]["values"], Json::parse(R"([[100, "7"]])"));
  EXPECT_EQ(shown["queryRange"]["series"][0]["values"],
            Json::parse(R"([[0, "2"], [10, "2"], [20, "2"]])"));
  EXPECT_EQ(refused(api().admin(), R"q({ query(query: "sum(") { resultType } })q", {"query"}),
            "INVALID");
}

// M-035: without the permission of the route that a field comes from, it is refused by itself.
// S-09.
TEST_F(Graphql, WhatRestForbidsIsForbidden) {
  EXPECT_EQ(refused(api().viewer(), "{ users { nodes { id } } }", {"users"}), "FORBIDDEN");
  EXPECT_EQ(refused(api().api_token({"read"}), "{ me { id } }", {"me"}), "FORBIDDEN");
  const auto answer = post(api().viewer(), "{ users { nodes { id } } me { email } }");
  EXPECT_EQ(answer.json["data"]["users"], nullptr);
  EXPECT_EQ(answer.json["data"]["me"]["email"], "viewer@example.org");
  EXPECT_EQ(
      api().ask(http::Method::post, "/api/v1/graphql", "", {{"query", "{ me { id } }"}}).status,
      401);
}

TEST_F(Graphql, WhatBelongsToOthersIsNotFound) {
  StagedIncident theirs;
  theirs.audience = Uuid::make();
  open(theirs);
  const Json id = {{"id", theirs.id.str()}};
  EXPECT_EQ(
      refused(api().viewer(), "query ($id: ID!) { incident(id: $id) { id } }", {"incident"}, id),
      "NOT_FOUND");
  const auto list =
      post(api().viewer(), "query ($id: [ID!]) { incidents(id: $id) { nodes { id } } }", id);
  EXPECT_EQ(list.json["data"]["incidents"]["nodes"], Json::array());
  EXPECT_EQ(refused(api().admin(), R"({ check(id: "x/explain") { id } })", {"check"}), "NOT_FOUND");
}

TEST_F(Graphql, PeopleActOnIncidentsAsByRest) {
  StagedIncident incident;
  open(incident);
  const Json id = {{"id", incident.id.str()}};
  const std::string acknowledge =
      "mutation ($id: ID!) { acknowledgeIncident(id: $id, comment: \"on it\", sticky: true) "
      "{ state acknowledgement { comment sticky } } }";
  EXPECT_EQ(refused(api().viewer(), acknowledge, {"acknowledgeIncident"}, id), "FORBIDDEN");
  const auto done = data(acknowledge, id)["acknowledgeIncident"];
  EXPECT_EQ(done["state"], "acknowledged");
  EXPECT_EQ(done["acknowledgement"]["comment"], "on it");
  EXPECT_EQ(get(incident)["state"], "acknowledged");
  EXPECT_EQ(one("SELECT action || ' ' || (change->>'text') FROM audit_log WHERE object_id = '" +
                incident.id.str() + "'"),
            "incident.acknowledged on it");

  const auto more = data(
      "mutation ($id: ID!, $me: ID) { "
      "note: addIncidentNote(id: $id, text: \"a cable\") { events { kind text } } "
      "assignIncident(id: $id, userId: $me) { assignee { id } } "
      "unacknowledgeIncident(id: $id) { state } }",
      {{"id", incident.id.str()}, {"me", data("{ me { id } }")["me"]["id"]}});
  EXPECT_EQ(more["note"]["events"].back()["text"], "a cable");
  EXPECT_TRUE(more["assignIncident"]["assignee"]["id"].is_string());
  EXPECT_EQ(more["unacknowledgeIncident"]["state"], "open");
  EXPECT_EQ(refused(api().admin(), "mutation ($id: ID!) { assignIncident(id: $id) { id } }",
                    {"assignIncident"}, id),
            "INVALID");
}

TEST_F(Graphql, ChecksArePausedAndRunAsByRest) {
  const auto check = make_check("paused by graphql");
  const Json id = {{"id", check}};
  const std::string both =
      "mutation ($id: ID!) { disableCheck(id: $id) { enabled } run: runCheck(id: $id) { id state } "
      "enableCheck(id: $id) { enabled } }";
  const auto done = data(both, id);
  EXPECT_EQ(done["disableCheck"]["enabled"], false);
  EXPECT_EQ(done["run"]["state"], "running");  // there is no checker here
  EXPECT_EQ(done["enableCheck"]["enabled"], true);
  EXPECT_EQ(one("SELECT count(*) FROM audit_log WHERE action = 'check.update' AND object_id = '" +
                check + "'"),
            "2");
  const auto denied = post(api().viewer(), both, id);
  EXPECT_EQ(denied.json["errors"].size(), 3) << denied.text;
}

// `Prefer` says how long a client waits (RFC 7240); GraphQL, whose time is short, uses it.
TEST_F(Graphql, ARunIsNotWaitedForLongerThanPreferred) {
  const auto begun = std::chrono::steady_clock::now();
  const auto answer =
      api().ask(http::Method::post, "/api/v1/checks/" + make_check("preferred") + "/run",
                api().admin(), nullptr, {{"Prefer", "wait=0"}});
  EXPECT_EQ(answer.status, 202) << answer.text;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
}

TEST_F(Graphql, WhatHasNoTimeLeftFailsWithTimeout) {
  http::Router router(api().workers, [](const http::Request&) -> Result<http::Caller> {
    return fail(Fault::denied, "");
  });
  const GraphqlDoor door(router, openapi_text(), {.time = std::chrono::milliseconds(0)});
  http::Request request{.method = http::Method::post, .path = "/api/v1/graphql"};
  request.caller.permissions = auth::permissions_of_role("viewer");
  request.headers = {{"content-type", "application/json"}};
  request.body = R"({"query": "{ overview { incidentsOpen } }"})";
  const auto answer =
      router.ask(request, std::chrono::steady_clock::now() + std::chrono::seconds(10));
  const auto json = Json::parse(answer.body);
  EXPECT_EQ(json["data"]["overview"], nullptr) << answer.body;
  EXPECT_EQ(json["errors"][0]["extensions"]["code"], "TIMEOUT") << answer.body;
}

// M-171: depth, cost and introspection.
// S-15.
TEST_F(Graphql, WhatAsksForTooMuchIsRefusedBeforeItBegins) {
  const auto costly =
      post(api().admin(),
           "{ instances(first: 1000) { nodes { checks(first: 500) { nodes { id } } } } }");
  EXPECT_EQ(costly.json["errors"][0]["extensions"]["code"], "LIMITS") << costly.text;
  EXPECT_FALSE(costly.json.contains("data"));
  std::string deep = "{ checks { nodes { ";
  for (int i = 0; i < 5; ++i) deep += "instance { checks { nodes { ";
  deep += "id " + std::string(std::size_t{5} * 3 + 3, '}');
  EXPECT_EQ(post(api().admin(), deep).json["errors"][0]["extensions"]["code"], "LIMITS");

  http::Router router(api().workers, [](const http::Request&) -> Result<http::Caller> {
    return fail(Fault::denied, "");
  });
  const GraphqlDoor closed(router, openapi_text(), {});
  http::Request request{.method = http::Method::get, .path = "/api/v1/graphql"};
  request.caller.permissions = auth::permissions_of_role("viewer");
  request.query = {{"query", "{ __schema { queryType { name } } }"}};
  const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  EXPECT_NE(router.ask(request, soon).body.find("LIMITS"), std::string::npos);
  EXPECT_EQ(data("{ __schema { queryType { name } } }")["__schema"]["queryType"]["name"], "Query");
}

// tools/openapi brings the file up to date.
TEST_F(Graphql, TheFileOfTheSchemaIsTheSchema) {
  std::ifstream file(MONITRON_SOURCE_DIR "/docs/schema.graphql");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), graphql::to_sdl(api().graphql->schema()));
}

}  // namespace
}  // namespace monitron::api
