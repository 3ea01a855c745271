// The whole configuration as a document: exported, planned and imported.

#include "api/config_document.hpp"
#include "suite.hpp"

#include <atomic>
#include <fstream>
#include <iterator>
#include <pqxx/pqxx>
#include <thread>

namespace monitron::api {
namespace {

using http::Method;

constexpr const char* kSections[] = {
    "groups",        "instances",           "relations",       "checks",
    "check_types",   "dependencies",        "rules",           "channels",
    "subscriptions", "maintenance_windows", "report_schedules"};

// One with a database of its own: the whole of it is compared.
class Configurations : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    if (!IsSkipped()) suite_ = std::make_unique<Suite>();
  }
  Suite& own() { return *suite_; }

  static std::string exported(Suite& suite) {
    const auto answer = suite.get("/api/v1/config/export", suite.admin());
    EXPECT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(answer.type, "application/yaml");
    return answer.text;
  }
  static Answer send(Suite& suite, const std::string& path, const std::string& document,
                     const std::string& token = "") {
    return suite.send(Method::post, "/api/v1/config/" + path, token.empty() ? suite.admin() : token,
                      document, {{"Content-Type", "application/yaml"}});
  }
  Answer import(const std::string& document, const std::string& query = "") {
    return send(own(), "import" + query, document);
  }
  Answer plan(const std::string& document, const std::string& query = "") {
    return send(own(), "plan" + query, document);
  }
  static std::string told(const Answer& answer) {
    std::string text;
    if (!answer.json.contains("changes")) return answer.text;
    for (const auto& change : answer.json["changes"]) {
      if (change["action"] == "unchanged") continue;
      text += change["action"].get<std::string>() + " " + change["section"].get<std::string>() +
              " " + change["name"].get<std::string>() + "\n";
    }
    return text;
  }
  Json one(const std::string& list, const std::string& name) {
    const auto page = own().get(list, own().admin());
    for (const auto& item : page.json["items"]) {
      if (item.value("name", "") == name) return item;
    }
    return nullptr;
  }

  std::unique_ptr<Suite> suite_;
};

const std::string kDocument = R"(
groups:
- name: databases
  parent_id: everything
- name: everything
  description: "all\nthere is"
instances:
- hostname: db1.example.org
  name: Database 1
  kind: vm
  groups: [databases]
  labels: {env: prod, port: "5432"}
  agent_port: 9273
- hostname: shop.example.org
  kind: service
relations:
- {kind: depends-on, instance_id: shop.example.org, target_id: db1.example.org}
check_types:
- name: company-login
  definition: |
    name: company-login
    kind: http
    description: the login page answers
checks:
- name: both
  kind: group
  target: the shop
  settings: {group: {members: [{check_id: shop}, {check_id: db port}]}}
- name: db port
  instance_id: db1.example.org
  kind: tcp
  target: db1.example.org:5432
  interval_seconds: 30
- name: shop
  instance_id: shop.example.org
  kind: http
  target: https://shop.example.org
dependencies:
- name: shop needs db
  child_check_id: shop
  parents: [db port]
rules:
- {name: shop is down, kind: check_state, check_id: shop, severity: critical}
- {name: load, kind: promql, expr: 'node_load1 > 4', labels: {team: a}}
channels:
- {name: mail, kind: email, address: ops@example.org}
subscriptions:
- {channel_id: mail, rule_id: load, min_severity: warning}
maintenance_windows:
- name: sundays
  selector: {env: prod}
  recurrence:
    rrule: FREQ=WEEKLY;BYDAY=SU
    start: 2026-11-22T02:00:00
    duration_seconds: 7200
    time_zone: Europe/Berlin
report_schedules:
- {name: daily, at: "07:30", recipients: [ops@example.org]}
)";

TEST_F(Configurations, GoesRoundFromOneSuiteToAnother) {
  const auto first = import(kDocument);
  ASSERT_EQ(first.status, 200) << first.text;
  EXPECT_TRUE(first.json["applied"]);
  const auto text = exported(own());
  for (const auto* section : kSections) {
    EXPECT_NE(("\n" + text).find(std::string("\n") + section + ":\n"), std::string::npos) << text;
  }
  // Again it changes nothing, not even a version.
  const auto before = own().get("/api/v1/checks", own().admin()).text;
  for (const auto& document : {kDocument, text}) {
    const auto again = import(document);
    ASSERT_EQ(again.status, 200) << again.text;
    EXPECT_EQ(told(again), "");
  }
  EXPECT_EQ(own().get("/api/v1/checks", own().admin()).text, before);
  EXPECT_EQ(exported(own()), text);
  Suite other;
  const auto there = send(other, "import?prune=true", text);
  ASSERT_EQ(there.status, 200) << there.text;
  EXPECT_EQ(exported(other), text);
  const auto json = own().ask(Method::get, "/api/v1/config/export", own().admin(), nullptr,
                              {{"Accept", "application/json"}});
  EXPECT_EQ(sorted(json.json), sorted(json_of(rules::parse_yaml(text).value())));
  const auto through_the_gateway = own().ask(Method::get, "/api/v1/config/export", own().admin(),
                                             nullptr, {{"X-Original-Accept", "application/json"}});
  EXPECT_EQ(through_the_gateway.text, json.text);
}

TEST_F(Configurations, PlansSayWhatWouldBeDoneAndDoNothing) {
  ASSERT_EQ(import(kDocument).status, 200);
  const auto before = exported(own());
  const std::string wanted = R"(
checks:
- {name: db port, instance_id: db1.example.org, kind: tcp, target: "db1.example.org:5433"}
- {name: new one, kind: tcp, target: "127.0.0.1:9"}
)";
  const auto planned = plan(wanted, "?prune=true");
  ASSERT_EQ(planned.status, 200) << planned.text;
  EXPECT_FALSE(planned.json["applied"]);
  EXPECT_EQ(planned.json["summary"],
            (Json{{"create", 1}, {"update", 1}, {"delete", 4}, {"unchanged", 0}}))
      << "two checks, and what is of no use without them";
  const auto& update = planned.json["changes"][0];
  EXPECT_EQ(update["before"]["target"], "db1.example.org:5432");
  EXPECT_EQ(update["after"]["target"], "db1.example.org:5433");
  EXPECT_EQ(update["before"]["instance_id"], "db1.example.org");
  EXPECT_EQ(exported(own()), before);
  EXPECT_EQ(own().get("/api/v1/audit?q=new%20one", own().admin()).json["items"].size(), 0u);
  // Without prune nothing goes; what was changed meanwhile is not overrun.
  const auto hash = planned.json["plan"].get<std::string>();
  const auto check = one("/api/v1/checks", "shop");
  const auto path = "/api/v1/checks/" + check["id"].get<std::string>();
  EXPECT_EQ(own().ask(Method::patch, path, own().admin(), {{"enabled", false}}).status, 200);
  EXPECT_EQ(import(wanted, "?plan=" + hash).status, 409);
  const auto fresh = plan(wanted).json["plan"].get<std::string>();
  EXPECT_EQ(import(wanted, "?prune=true&plan=" + fresh).status, 409) << "it was planned without";
  EXPECT_EQ(import("checks: []\n", "?plan=" + fresh).status, 409) << "it is another document";
  EXPECT_EQ(told(import(wanted, "?plan=" + fresh)),
            "update checks db port\ncreate checks new one\n");
  EXPECT_FALSE(one("/api/v1/checks", "shop").is_null());
  EXPECT_EQ(told(import("checks: []\n", "?prune=true")),
            "delete checks both\ndelete checks db port\ndelete checks new one\ndelete checks shop\n"
            "delete dependencies shop needs db\ndelete rules shop is down\n");
}

TEST_F(Configurations, OneBadThingChangesNothingAndIsNamedWithItsLine) {
  const auto before = exported(own());
  const auto refused = import(R"(
instances:
- hostname: good.example.org
- hostname: "not a host"
  agent_port: 0
- hostname: fine.example.org
  colour: red
)");
  EXPECT_EQ(refused.status, 400) << refused.text;
  EXPECT_EQ(fields_of(refused),
            (Names{"instances[1].hostname", "instances[1].agent_port", "instances[2].colour"}));
  EXPECT_NE(refused.text.find("(line 5)"), std::string::npos) << refused.text;
  EXPECT_EQ(exported(own()), before);
  const auto names = [&](const std::string& document) { return fields_of(import(document)); };
  EXPECT_EQ(names("checks:\n- {name: a, kind: tcp, target: 'a:1', instance_id: nobody}\n"),
            (Names{"checks[0].instance_id"}));
  EXPECT_EQ(names("groups:\n- {name: a, parent_id: b}\n- {name: b, parent_id: a}\n"),
            (Names{"groups[0].parent_id", "groups[1].parent_id"}));
  EXPECT_EQ(names("groups:\n- {description: nameless}\n"), (Names{"groups[0].name"}));
  EXPECT_EQ(names("colours: []\n"), (Names{"colours"}));
  EXPECT_EQ(names("groups: {a: b}\n"), (Names{"groups"}));
  EXPECT_EQ(names("groups: [1]\n"), (Names{"groups[0]"}));
  EXPECT_EQ(import("a: [1").status, 400);
  EXPECT_EQ(exported(own()), before);
}

// Whatever a plan does until it is rolled back: the audit trail is for others.
TEST_F(Configurations, NobodyWaitsForAPlanOrAnImport) {
  const auto at = [&](const std::string& query) {
    return own().database->transact([&](pqxx::work& tx) { return tx.exec1(query)[0].as<int>(); });
  };
  std::atomic<bool> over{false};
  std::thread planning([&] {
    while (!over) EXPECT_EQ(plan(kDocument).status, 200);
  });
  std::atomic<int> made{0};
  std::thread importing([&] {
    for (int i = 0; i < 5; ++i) {
      const auto done = import("groups:\n- {name: g" + std::to_string(i) + "}\n");
      EXPECT_TRUE(done.status == 200 || done.status == 409) << done.text;
      made += done.status == 200;
    }
  });
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(
        own().post("/api/v1/groups", own().admin(), {{"name", "h" + std::to_string(i)}}).status,
        201);
  }
  importing.join();
  over = true;
  planning.join();
  EXPECT_EQ(at("SELECT count(*) FROM audit_log WHERE action = 'config.import'"), made.load());
  EXPECT_EQ(at("SELECT count(*) FROM audit_log WHERE action = 'group.create'"), 30 + made.load());
  EXPECT_EQ(own().get("/api/v1/audit/verification", own().admin()).json["holds"], true);
}

TEST_F(Configurations, PruningTakesNothingThatTheDocumentNames) {
  ASSERT_EQ(import(kDocument).status, 200);
  const auto before = exported(own());
  const auto refused = import(
      "instances: []\nchecks:\n- {name: db port, instance_id: db1.example.org, kind: tcp, "
      "target: 'db1.example.org:5432', interval_seconds: 30}\n",
      "?prune=true");
  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_EQ(fields_of(refused), (Names{"checks[0]"}));
  EXPECT_EQ(exported(own()), before);
  const std::string grouped =
      "groups: []\nrelations: []\nchecks: []\ndependencies: []\nrules: []\nsubscriptions: []\n"
      "instances:\n- {hostname: alone.example.org, groups: [alone]}\n";
  ASSERT_EQ(import(grouped, "?prune=true").status, 200);
  const auto again = import(grouped, "?prune=true");
  EXPECT_EQ(told(again), "") << again.text;
  EXPECT_FALSE(one("/api/v1/groups", "alone").is_null());
}

TEST_F(Configurations, WhatAgentsTellStaysUnlessTheDocumentSaysOtherwise) {
  ASSERT_EQ(
      own()
          .post(
              "/api/v1/instances", own().admin(),
              {{"hostname", "told.example.org"}, {"os", "Debian 12"}, {"ip_address", "192.0.2.7"}})
          .status,
      201);
  const auto same = import("instances:\n- {hostname: told.example.org, name: told.example.org}\n");
  EXPECT_EQ(told(same), "") << same.text;
  const auto changed =
      import("instances:\n- {hostname: told.example.org, name: told.example.org, os: Debian 13}\n");
  EXPECT_EQ(told(changed), "update instances told.example.org\n");
  const auto stored = one("/api/v1/instances", "told.example.org");
  EXPECT_EQ(stored["os"], "Debian 13");
  EXPECT_EQ(stored["ip_address"], "192.0.2.7");
}

TEST_F(Configurations, TheExampleOfTheDocumentationIsTrue) {
  std::ifstream file(MONITRON_SOURCE_DIR "/docs/configuration-as-code.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const auto from = page.find("```yaml\n") + 8;
  const auto example = page.substr(from, page.find("```", from) - from);
  EXPECT_EQ(told(import(example)),
            "create groups databases\ncreate instances db1.example.org\ncreate checks db port\n"
            "create rules Database is down\n");
  for (const auto* section : kSections) {
    EXPECT_NE(page.find(std::string("`") + section + "`"), std::string::npos) << section;
  }
}

// Secrets are never in it; what stands for them keeps them.
TEST_F(Configurations, SecretsStayWhatTheyAre) {
  const std::string with = R"(
instances:
- hostname: locked.example.org
  credentials: {ssh: "%"}
checks:
- name: guarded
  kind: http
  target: https://guarded.example.org
  settings: {http: {username: u, password: "%"}}
)";
  const auto given = [&](const std::string& secret) {
    auto text = with;
    for (auto at = text.find('%'); at != std::string::npos; at = text.find('%')) {
      text.replace(at, 1, secret);
    }
    return text;
  };
  EXPECT_EQ(fields_of(import(given("********"))), (Names{"instances[0].credentials.ssh"}));
  const auto first = import(given("s3cret-one"));
  ASSERT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(first.text.find("s3cret-one"), std::string::npos);
  const auto stored = [&] {
    return own()
        .database
        ->transact([&](pqxx::work& tx) -> std::string {
          return tx
              .exec1("SELECT i.credentials::text || c.settings::text FROM instances i, checks c")[0]
              .c_str();
        })
        .value_or("");
  };
  const auto before = stored();
  const auto text = exported(own());
  EXPECT_EQ(text.find("s3cret"), std::string::npos);
  EXPECT_EQ(told(import(text)), "");
  EXPECT_EQ(stored(), before);
  EXPECT_EQ(told(import(given("s3cret-two"))),
            "update instances locked.example.org\nupdate checks guarded\n");
  EXPECT_NE(stored(), before);
}

// Nobody imports what he could not change by itself, or exports what he cannot see.
TEST_F(Configurations, TakeWhatEachOfTheirRoutesTakes) {
  const auto token =
      own().api_token({"config:read", "config:write", "checks:read", "checks:write"});
  const auto seen = own().get("/api/v1/config/export", token).text;
  EXPECT_EQ(seen, "check_types: []\nchecks: []\n");
  const std::string check = "checks:\n- {name: mine, kind: tcp, target: 'a:1'}\n";
  const auto refused = send(own(), "import", check + "groups:\n- {name: theirs}\n", token);
  EXPECT_EQ(refused.status, 403) << refused.text;
  EXPECT_TRUE(one("/api/v1/checks", "mine").is_null());
  EXPECT_EQ(send(own(), "import", check, token).status, 200);
  const auto reader = own().api_token({"read"});
  EXPECT_EQ(send(own(), "import", check, reader).status, 403);
  const std::string other = "checks:\n- {name: mine, kind: tcp, target: 'a:2'}\n";
  EXPECT_EQ(send(own(), "plan", other, reader).status, 403);
  const auto all = own().get("/api/v1/config/export", reader).text;
  EXPECT_EQ(told(send(own(), "plan", all, reader)), "");
  // As with single changes: who changed what.
  const auto audit = own().get("/api/v1/audit?q=mine", own().admin()).json["items"];
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(audit[0]["action"], "check.create");
  EXPECT_EQ(own().get("/api/v1/audit?action=config.import", own().admin()).json["items"].size(),
            1u);
}

TEST_F(Configurations, TellThingsOfOneNameApart) {
  const std::string twins = R"yaml(
checks:
- {name: twin, kind: tcp, target: "a:1"}
- {name: twin, kind: tcp, target: "a:2"}
dependencies:
- {name: d, child_check_id: twin, parents: ["twin (2)"]}
)yaml";
  ASSERT_EQ(import(twins).status, 200);
  EXPECT_EQ(told(import(twins)), "");
  const auto text = exported(own());
  Suite other;
  ASSERT_EQ(send(other, "import", text).status, 200);
  EXPECT_EQ(told(send(other, "import", text)), "");
}

TEST_F(Configurations, ManyThingsAreImportedAndTooManyAreNot) {
  std::string text = "instances:\n";
  for (int i = 0; i < 100; ++i) text += "- {hostname: h" + std::to_string(i) + ".example}\n";
  text += "checks:\n";
  for (int i = 0; i < 100; ++i) {
    const auto n = std::to_string(i);
    text += "- {name: c" + n + ", kind: tcp, target: 'a:1', instance_id: h" + n + ".example}\n";
  }
  const auto done = import(text);
  ASSERT_EQ(done.status, 200) << done.text.substr(0, 300);
  EXPECT_EQ(done.json["summary"]["create"], 200);
  EXPECT_EQ(told(import(text)), "");
  for (int i = 0; i < 1900; ++i) text += "- {name: d" + std::to_string(i) + ", kind: tcp}\n";
  EXPECT_EQ(import(text).status, 400);
}

TEST_F(Configurations, DocumentsReadBackAsTheyWereWritten) {
  const Json value = {{"texts", {"", "true", "12", "a: b", "- x", "line\nbreak", "ä", "null", "~"}},
                      {"values", {1, -2.5, 1e25, true, false, nullptr}},
                      {"nested", {{"empty", Json::object()}, {"none", Json::array()}}},
                      {"list", {{{"a", 1}, {"b", {1, 2}}}, {{"c", {{"d", "e"}}}}}}};
  const auto text = yaml_of(value);
  const auto read = rules::parse_yaml(text);
  ASSERT_TRUE(read) << read.error().text << text;
  EXPECT_EQ(json_of(*read), value) << text;
  EXPECT_EQ(line_of(rules::parse_yaml("a:\n- b:\n    c: 1\n- d: 2\n").value(), "a[1].d"), 4);
}

}  // namespace
}  // namespace monitron::api
