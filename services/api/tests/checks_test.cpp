// Kinds, own types, secrets and runs of checks.

#include "contracts/check_slice.hpp"
#include "contracts/members.hpp"
#include "domain/check_secrets.hpp"
#include "suite.hpp"

#include <pqxx/pqxx>

namespace monitron::api {
namespace {

using http::Method;

constexpr const char* kCluster = R"(
name: cluster
description: Health of a cluster
kind: http
parameters:
  min_nodes: {type: integer, default: 3, minimum: 1}
  password: {type: secret}
target: "{{ target }}/_health"
settings:
  username: monitor
  password: "{{ password }}"
  json:
    - {path: $.nodes, op: ">=", value: "{{ min_nodes }}"}
)";

class Checks : public ApiTest {
 protected:
  Answer make(const Json& body) { return api().post("/api/v1/checks", api().admin(), body); }
  Answer define(const std::string& yaml) {
    return api().send(Method::post, "/api/v1/check-types", api().admin(), yaml,
                      {{"Content-Type", "application/yaml"}});
  }
  std::string stored_settings(const std::string& id) {
    return *api().database->transact([&](pqxx::work& tx) {
      return tx.exec_params1("SELECT settings::text FROM checks WHERE id = $1", id)[0]
          .as<std::string>();
    });
  }
  std::string opened(const std::string& sealed, const std::string& id) {
    const auto plain = api().vault.open(sealed, domain::secret_context(CheckId{*Uuid::parse(id)}));
    return plain ? *plain : plain.error().text;
  }
  // What a worker would be given.
  domain::CheckDefinition newest_job() {
    const auto body = *api().database->transact([](pqxx::work& tx) {
      return tx
          .exec1("SELECT definition::text FROM check_tests ORDER BY created_at DESC LIMIT 1")[0]
          .as<std::string>();
    });
    return contracts::decode_check_test(body)->check;
  }
};

// It would still run when it is due again, and that slot would be left out without a word.
TEST_F(Checks, ACheckMayTakeAsLongAsItsIntervalAtMost) {
  Json body = {{"kind", "tcp"}, {"target", "example.org:5432"}, {"interval_seconds", 5}};
  EXPECT_EQ(make(body).json["timeout_seconds"], 5) << "not given";
  body["timeout_seconds"] = 5;
  EXPECT_EQ(make(body).status, 201);
  body["timeout_seconds"] = 6;
  const auto refused = make(body);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(fields_of(refused), (Names{"timeout_seconds"}));
}

TEST_F(Checks, ChecksOfEveryKindGetTheirDefaults) {
  const std::vector<Json> checks = {
      {{"kind", "http"}, {"target", "https://example.org/health?x=1"}},
      {{"kind", "tcp"}, {"target", "example.org:5432"}},
      {{"kind", "tls"}, {"target", "[::1]:443"}},
      {{"kind", "icmp"}, {"target", "192.0.2.1"}, {"settings", {{"icmp", {{"count", 3}}}}}}};
  for (const auto& check : checks) {
    const auto made = make(check);
    ASSERT_EQ(made.status, 201) << made.text;
    EXPECT_EQ(made.json["interval_seconds"], check["kind"] == "tls" ? 3600 : 60);
    EXPECT_EQ(made.json["status"], "unknown");
    EXPECT_TRUE(made.json["last_result"].is_null());
    EXPECT_TRUE(made.json["settings"].contains(check["kind"].get<std::string>()));
  }
  const auto icmp = api().get("/api/v1/checks?kind=icmp&status=unknown", api().admin());
  const auto settings = icmp.json["items"][0]["settings"]["icmp"];
  EXPECT_EQ(settings["count"], 3);
  EXPECT_EQ(settings["size"], 56);
  EXPECT_EQ(settings["interval_ms"], 200);
  EXPECT_EQ(api().get("/api/v1/checks?status=down", api().admin()).json["items"].size(), 0u);
  const Json nowhere = {{"kind", "tcp"}, {"target", "a:1"}, {"instance_id", Uuid::make().str()}};
  EXPECT_EQ(fields_of(make(nowhere)), (Names{"instance_id"}));
}

TEST_F(Checks, WhoMayWriteLearnsHowAHeartbeatIsCalled) {
  const Json body = {{"kind", "heartbeat"}, {"target", "nightly backup"}};
  const auto made = make(body);
  ASSERT_EQ(made.status, 201) << made.text;
  const auto id = made.json["id"].get<std::string>();
  const auto url = made.json["ping_url"].get<std::string>();
  EXPECT_TRUE(url.starts_with("/ping/" + id + "."));
  EXPECT_EQ(api().get("/api/v1/checks/" + id, api().admin()).json["ping_url"], url);
  EXPECT_FALSE(api().get("/api/v1/checks/" + id, api().viewer()).json.contains("ping_url"));
  auto again = made.json;
  again["name"] = "backup";
  EXPECT_EQ(api()
                .ask(Method::put, "/api/v1/checks/" + id, api().admin(), again,
                     {{"If-Match", made.header("etag")}})
                .status,
            200)
      << "it may be sent back as it was read";
}

TEST_F(Checks, AGroupIsNotWithinItself) {
  const auto group = [&](const std::string& member) {
    const Json body = {{"kind", "group"},
                       {"target", "all"},
                       {"settings", {{"group", {{"members", {{{"check_id", member}}}}}}}}};
    return make(body);
  };
  const auto nobody = group(Uuid::make().str());
  EXPECT_EQ(nobody.status, 400);
  EXPECT_EQ(nobody.json["errors"][0]["field"], "settings.group.members");
  const auto leaf = make({{"kind", "tcp"}, {"target", "a.example:1"}}).json;
  const auto inner = group(leaf["id"]);
  const auto outer = group(inner.json["id"]).json;
  auto changed = inner.json;
  changed["settings"]["group"]["members"][0]["check_id"] = outer["id"];
  const auto refused =
      api().ask(Method::put, "/api/v1/checks/" + inner.json["id"].get<std::string>(), api().admin(),
                changed, {{"If-Match", inner.header("etag")}});
  EXPECT_EQ(refused.status, 400) << refused.text;
  EXPECT_NE(refused.text.find("settings.group.members"), std::string::npos);
  EXPECT_NE(refused.text.find("cycle"), std::string::npos);
  // A member that is gone does not hinder other changes.
  const auto path = [](const Json& check) {
    return "/api/v1/checks/" + check["id"].get<std::string>();
  };
  EXPECT_EQ(api().ask(Method::delete_, path(leaf), api().admin()).status, 204);
  const Json renamed = {{"name", "inner"}};
  EXPECT_EQ(api().ask(Method::patch, path(inner.json), api().admin(), renamed).status, 200);
}

// What is known of a new check is not looked up: it is what a look would tell.
TEST_F(Checks, OneThatWasJustMadeIsAnsweredAsItIsRead) {
  const Json plain = {{"kind", "tcp"}, {"target", "127.0.0.1:9"}};
  const Json more[] = {{{"enabled", true}},
                       {{"enabled", false}},
                       {{"locations", {"north", "east", "south"}}},
                       {{"locations", {"north", "east"}}, {"enabled", false}}};
  for (auto body : more) {
    body.update(plain);
    const auto made = make(body);
    ASSERT_EQ(made.status, 201) << made.text;
    const auto read = api().get(made.header("location"), api().admin());
    EXPECT_EQ(made.json, read.json);
    EXPECT_EQ(made.json["status"], body.value("enabled", true) ? "unknown" : "paused");
  }
}

// M-104.
// S-02.
TEST_F(Checks, AScriptIsNamedNotALineOfAShell) {
  const auto script = [](const Json& settings) {
    return Json{{"kind", "script"}, {"target", "db1"}, {"settings", {{"script", settings}}}};
  };
  const auto made = make(script({{"command", "check_load"}}));
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["settings"]["script"]["command"], "check_load");
  EXPECT_EQ(made.json["settings"]["script"]["arguments"], Json::array());
  const auto fields = [&](const Json& settings) { return fields_of(make(script(settings))); };
  EXPECT_EQ(fields(Json::object()), (Names{"settings.script.command"}));
  for (const char* bad : {"/bin/sh", "../check", "check load", ".hidden", "a;b", ""}) {
    EXPECT_EQ(fields({{"command", bad}}), (Names{"settings.script.command"})) << bad;
  }
  EXPECT_EQ(fields({{"command", "a"}, {"arguments", "-w 5"}}),
            (Names{"settings.script.arguments"}));
  EXPECT_EQ(fields({{"command", "a"}, {"arguments", {"-w", 5}}}),
            (Names{"settings.script.arguments[1]"}));
  EXPECT_EQ(
      fields({{"command", "a"}, {"arguments", {std::string(5000, 'x'), std::string(5000, 'x')}}}),
      (Names{"settings.script.arguments"}));
  EXPECT_EQ(fields({{"command", "a"}, {"environment", Json::object()}}),
            (Names{"settings.script.environment"}));
  auto blank = script({{"command", "a"}});
  blank["target"] = "a b";
  EXPECT_EQ(fields_of(make(blank)), (Names{"target"}));
}

TEST_F(Checks, ChecksCanBeTriedWithoutBeingStored) {
  const auto started =
      api().post("/api/v1/checks/test", api().admin(),
                 {{"kind", "tcp"}, {"target", "example.org:1"}, {"timeout_seconds", 1}});
  ASSERT_EQ(started.status, 202) << started.text;
  const auto path = "/api/v1/checks/tests/" + started.json["id"].get<std::string>();
  EXPECT_EQ(api().get(path, api().admin()).json["state"], "running");
  EXPECT_EQ(api().get("/api/v1/checks/tests/" + Uuid::make().str(), api().admin()).status, 404);
}

// M-006, M-112: defined, visible, checked and usable without a release.
TEST_F(Checks, ATypeThatAUserDefinesIsAKindLikeOthers) {
  const auto made = define(kCluster);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.header("location"), "/api/v1/check-types/cluster");
  const auto document = api().get("/api/v1/openapi.json", "").json;
  const auto& schemas = document["components"]["schemas"];
  const auto& kinds = schemas["CheckKind"]["enum"];
  EXPECT_NE(std::find(kinds.begin(), kinds.end(), "cluster"), kinds.end());
  EXPECT_EQ(schemas["CheckSettings"]["properties"]["cluster"]["properties"]["min_nodes"]["minimum"],
            1);
  Json check = {{"kind", "cluster"},
                {"target", "http://es:9200"},
                {"settings", {{"cluster", {{"min_nodes", 0}}}}}};
  const auto refused = make(check);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.json["errors"][0]["field"], "settings.cluster.min_nodes");
  check["settings"]["cluster"]["min_nodes"] = 5;
  const auto there = make(check);
  ASSERT_EQ(there.status, 201) << there.text;
  EXPECT_EQ(there.json["kind"], "cluster");
  EXPECT_EQ(there.json["target"], "http://es:9200");
  EXPECT_EQ(api().get("/api/v1/checks?kind=cluster", api().viewer()).json["items"].size(), 1u);
  const std::string path = "/api/v1/check-types/cluster";
  EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 409);
  std::string narrower = kCluster;
  narrower.replace(narrower.find("minimum: 1"), 10, "maximum: 4");
  const Json tighter = {{"definition", narrower}};
  const auto broken = api().ask(Method::put, path, api().admin(), tighter);
  EXPECT_EQ(broken.status, 409);
  EXPECT_NE(broken.text.find("settings.cluster.min_nodes"), std::string::npos);
  const auto id = there.json["id"].get<std::string>();
  EXPECT_EQ(api().ask(Method::delete_, "/api/v1/checks/" + id, api().admin()).status, 204);
  EXPECT_EQ(api().ask(Method::delete_, path, api().viewer()).status, 403);
  EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
}

TEST_F(Checks, AWrongDefinitionOfATypeIsRefusedByMember) {
  const auto refused = define("name: http\nkind: nothing\nsettings: 1");
  EXPECT_EQ(refused.status, 400);
  std::string fields;
  for (const auto& error : refused.json["errors"])
    fields += error["field"].get<std::string>() + " ";
  EXPECT_EQ(fields, "definition.name definition.kind definition.settings ");
  ASSERT_EQ(define("name: twice\nkind: tcp").status, 201);
  EXPECT_EQ(define("name: twice\nkind: tcp").status, 409);
}

// Write-only, sealed at rest, kept when the mask comes back.
TEST_F(Checks, SecretsAreSealedAndNeverShown) {
  const Json body = {
      {"kind", "http"},
      {"target", "https://shop.example/"},
      {"settings",
       {{"http",
         {{"username", "shop"}, {"password", "s3cret"}, {"secret_headers", {{"X-Key", "k3y"}}}}}}}};
  const auto made = make(body);
  ASSERT_EQ(made.status, 201) << made.text;
  const auto id = made.json["id"].get<std::string>();
  const std::string path = "/api/v1/checks/" + id;
  EXPECT_EQ(made.json["settings"]["http"]["password"], "********");
  EXPECT_EQ(made.json["settings"]["http"]["secret_headers"]["X-Key"], "********");
  const auto stored = stored_settings(id);
  EXPECT_EQ(stored.find("s3cret"), std::string::npos);
  EXPECT_EQ(opened(Json::parse(stored)["http"]["password"], id), "s3cret");
  const auto patched = api().ask(Method::patch, path, api().admin(),
                                 {{"settings", {{"http", {{"username", "u"}}}}}});
  EXPECT_EQ(patched.status, 200) << patched.text;
  const auto kept = Json::parse(stored_settings(id))["http"];
  EXPECT_EQ(opened(kept["password"], id), "s3cret");
  EXPECT_EQ(opened(kept["secret_headers"]["X-Key"], id), "k3y");
  const auto audit = api().get("/api/v1/audit?limit=5", api().admin());
  EXPECT_EQ(audit.text.find("s3cret"), std::string::npos);
  EXPECT_EQ(audit.text.find("sealed:"), std::string::npos);
  Json masked = body;
  masked["settings"]["http"]["password"] = "********";
  const auto nothing = make(masked);
  EXPECT_EQ(nothing.status, 400);
  EXPECT_EQ(nothing.json["errors"][0]["field"], "settings.http.password");
}

// Who may change a check could have its secrets sent to a host of his own.
TEST_F(Checks, AKeptSecretGoesNowhereElse) {
  Json body = {{"kind", "http"},
               {"target", "https://shop.example/"},
               {"settings", {{"http", {{"bearer_token", "t0ken"}}}}}};
  const auto made = make(body);
  const std::string path = "/api/v1/checks/" + made.json["id"].get<std::string>();
  const auto refused =
      api().ask(Method::patch, path, api().admin(), {{"target", "https://evil.example/"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.json["errors"][0]["field"], "settings.http.bearer_token");
  const Json proxy = {{"settings", {{"http", {{"proxy", "http://evil.example:1"}}}}}};
  EXPECT_EQ(api().ask(Method::patch, path, api().admin(), proxy).status, 400);
  body["id"] = made.json["id"];
  body["target"] = "https://evil.example/";
  body["settings"]["http"]["bearer_token"] = "********";
  EXPECT_EQ(api().post("/api/v1/checks/test", api().admin(), body).status, 400);
  const Json given = {{"target", "https://new.example/"},
                      {"settings", {{"http", {{"bearer_token", "another"}}}}}};
  EXPECT_EQ(api().ask(Method::patch, path, api().admin(), given).status, 200);
}

TEST_F(Checks, SecretsOfOwnTypesAreSealedToo) {
  ASSERT_EQ(define(std::string(kCluster).replace(1, 13, "name: sealing")).status, 201);
  const auto made = make({{"kind", "sealing"},
                          {"target", "http://es:9200"},
                          {"settings", {{"sealing", {{"password", "s3cret"}}}}}});
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["settings"]["sealing"]["password"], "********");
  const auto id = made.json["id"].get<std::string>();
  EXPECT_EQ(opened(Json::parse(stored_settings(id))["sealing"]["password"], id), "s3cret");
  const Json elsewhere = {{"definition",
                           "name: sealing\nkind: http\ntarget: http://evil.example\n"
                           "parameters: {min_nodes: {type: integer, default: 3}, "
                           "password: {type: secret}}\n"}};
  EXPECT_EQ(api().ask(Method::put, "/api/v1/check-types/sealing", api().admin(), elsewhere).status,
            409);
}

// A run is answered when its result is there; the writer of results stands in for a worker here.
TEST_F(Checks, ARunIsAnsweredWithItsResult) {
  const auto made = make({{"kind", "tcp"}, {"target", "a.example:1"}, {"timeout_seconds", 20}});
  const auto id = made.json["id"].get<std::string>();
  const auto path = "/api/v1/checks/" + id + "/run";
  EXPECT_EQ(api().post(path + "?location=moon", api().admin(), nullptr).status, 400);
  Answer answer;
  std::thread client([&] { answer = api().post(path, api().admin(), nullptr); });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool answered = false;
  while (!answered && std::chrono::steady_clock::now() < deadline) {
    answered = *api().database->transact([&](pqxx::work& tx) {
      return tx.exec_params(
                   "INSERT INTO check_test_results (test_id, result) SELECT id, "
                   "'{\"status\": \"up\"}' FROM check_tests "
                   "WHERE position($1 IN definition::text) > 0 ON CONFLICT DO NOTHING",
                   id)
                 .affected_rows() > 0;
    });
  }
  client.join();
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.json["state"], "done");
  EXPECT_EQ(answer.json["result"]["status"], "up");
  EXPECT_EQ(newest_job().id.str(), made.json["id"]);
}

TEST_F(Checks, ARunThatTakesTooLongIsAskedForLater) {
  const Json body = {{"kind", "tcp"}, {"target", "a.example:1"}, {"timeout_seconds", 1}};
  const auto answer = api().post("/api/v1/checks/test", api().admin(), body);
  ASSERT_EQ(answer.status, 202) << answer.text;
  EXPECT_EQ(api().get(answer.header("location"), api().viewer()).json["state"], "running");
}

// An unsaved change of a check is tried with the secrets that the check has.
TEST_F(Checks, ADryRunTakesMaskedSecretsFromTheCheckItNames) {
  Json body = {{"kind", "http"},
               {"target", "https://shop.example/"},
               {"timeout_seconds", 1},
               {"settings", {{"http", {{"bearer_token", "t0ken"}}}}}};
  const auto made = make(body);
  body["id"] = made.json["id"];
  body["settings"]["http"]["bearer_token"] = "********";
  EXPECT_EQ(api().post("/api/v1/checks/test", api().admin(), body).status, 202);
  const auto job = newest_job();
  EXPECT_NE(job.id.str(), made.json["id"]);
  EXPECT_EQ(opened(job.as<domain::HttpSettings>().bearer_token.text, job.id.str()), "t0ken");
}

}  // namespace
}  // namespace monitron::api
