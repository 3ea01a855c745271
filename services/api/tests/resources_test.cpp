#include "base/bytes.hpp"
#include "store/program_instances.hpp"
#include "suite.hpp"

#include <pqxx/pqxx>
#include <set>

namespace monitron::api {
namespace {

using http::Method;

class Resources : public ApiTest {
 protected:
  Answer make(const std::string& path, const Json& body) {
    return api().post(path, api().admin(), body);
  }
};

// R-004 …: a script registers a server, twice.
TEST_F(Resources, ServersRegisterByHostname) {
  const auto token = api().api_token({"read", "ingest"});
  Json body = {{"hostname", "web-1.example.org"},
               {"ip_address", "10.0.0.7"},
               {"os", "linux"},
               {"labels", Json::object()}};
  const auto first = api().post("/api/v1/servers", token, body);
  ASSERT_EQ(first.status, 201) << first.text;
  EXPECT_EQ(first.json["hostname"], "web-1.example.org");
  EXPECT_TRUE(first.json["last_seen"].is_null());
  body["hostname"] = "WEB-1.example.org";
  const auto second = api().post("/api/v1/servers", token, body);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.json, first.json) << "nothing is changed by who only sends";
  body["agent_version"] = "1.2";
  const auto third = api().post("/api/v1/servers", api().admin(), body);
  EXPECT_EQ(third.json["id"], first.json["id"]);
  EXPECT_EQ(third.json["agent_version"], "1.2");
  const auto path = "/api/v1/servers/" + first.json["id"].get<std::string>();
  EXPECT_EQ(api().get(path, token).json["ip_address"], "10.0.0.7");
  EXPECT_EQ(api().get("/api/v1/servers", token).status, 200);
}

// An agent that falls silent is trouble; a script that pushed once may never come again.
TEST_F(Resources, OnlyTheSilenceOfAnAgentIsDown) {
  const auto state = [&](const std::string& hostname, const char* agent, const char* age) {
    const auto made =
        make("/api/v1/servers", {{"hostname", hostname}, {"os", "x"}, {"agent_version", agent}});
    const auto id = made.json["id"].get<std::string>();
    const auto seen = api().database->transact([&](pqxx::work& tx) {
      tx.exec_params("INSERT INTO instance_activity VALUES ($1, now() - $2::interval)", id, age);
    });
    EXPECT_TRUE(seen);
    const auto health = api().get("/api/v1/instances/" + id, api().admin()).json["health"];
    return health.get<std::string>();
  };
  const auto overview = [&] {
    return api().get("/api/v1/overview", api().admin()).json["instances"];
  };
  const auto before = overview();
  EXPECT_EQ(state("pushed-long-ago.example", "", "1 hour"), "unknown");
  EXPECT_EQ(state("pushed-now.example", "", "1 second"), "up");
  EXPECT_EQ(state("agent-long-ago.example", "1.0", "1 hour"), "down");
  const auto after = overview();
  for (const char* one : {"unknown", "up", "down"}) {
    EXPECT_EQ(after[one], before[one].get<int>() + 1) << one;
  }
}

// M-080 to M-082, M-086 to M-089: instances make the round trip.
TEST_F(Resources, InstancesMakeTheRoundTrip) {
  const Json body = {{"name", "Database"},
                     {"hostname", "db-1.example.org"},
                     {"ip_address", "2001:db8::1"},
                     {"kind", "vm"},
                     {"os", "Debian 12"},
                     {"description", "primary"},
                     {"labels", {{"env", "prod"}, {"team", "a"}}},
                     {"groups", {"db", "eu"}}};
  const auto made = make("/api/v1/instances", body);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.header("etag"), "\"v1\"");
  const auto path = made.header("location");
  const auto read = api().get(path, api().admin());
  for (const auto& [name, value] : body.items()) EXPECT_EQ(read.json[name], value) << name;
  EXPECT_EQ(read.json["health"], "unknown");
  auto whole = read.json;  // what was read can be sent back
  whole["description"] = "moved";
  const auto put = api().ask(Method::put, path, api().admin(), whole);
  EXPECT_EQ(put.status, 200) << put.text;
  EXPECT_EQ(put.json["version"], 2);
  const Json patch = {{"labels", {{"team", nullptr}}}};
  const auto patched = api().ask(Method::patch, path, api().admin(), patch);
  EXPECT_EQ(patched.json["labels"], (Json{{"env", "prod"}}));
  EXPECT_EQ(patched.json["description"], "moved");
  const auto count = [&](const std::string& query) {
    return api().get("/api/v1/instances?" + query, api().viewer()).json["items"].size();
  };
  EXPECT_EQ(count("label=env:prod&q=data&kind=vm"), 1u);
  EXPECT_EQ(count("label=env:test"), 0u);
  EXPECT_EQ(count("q=%25"), 0u);  // a percent sign means itself
  EXPECT_EQ(fields_of(make("/api/v1/instances", body)), (Names{"hostname"}));
  EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
  EXPECT_EQ(api().get(path, api().admin()).status, 404);
}

TEST_F(Resources, ComplaintsNameEachMember) {
  const auto answer = make(
      "/api/v1/checks",
      {{"kind", "http"},
       {"target", "ftp://x"},
       {"interval_seconds", 0},
       {"enabled", "yes"},
       {"labels", {{"a", 1}}},
       {"colour", "red"},
       {"timeout_seconds", 1.5},
       {"settings",
        {{"http", {{"method", "BREW"}, {"expected_status", {"999"}}}}, {"tcp", Json::object()}}}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.type, "application/problem+json");
  EXPECT_EQ(fields_of(answer),
            (Names{"target", "interval_seconds", "enabled", "labels.a", "colour", "timeout_seconds",
                   "settings.http.method", "settings.http.expected_status[0]", "settings.tcp"}));
}

TEST_F(Resources, PagesAreExact) {
  const Json check = {
      {"kind", "tcp"}, {"target", "p.example.org:1"}, {"labels", {{"page", "yes"}}}};
  Names made;
  for (int i = 0; i < 23; ++i)
    made.insert(make("/api/v1/checks", check).json["id"].get<std::string>());
  Names seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page =
        api().get("/api/v1/checks?label=page:yes&limit=5&cursor=" + cursor, api().admin());
    ASSERT_EQ(page.status, 200) << page.text;
    for (const auto& item : page.json["items"]) {
      EXPECT_TRUE(seen.insert(item["id"].get<std::string>()).second);
    }
    const auto& next = page.json["next_cursor"];
    cursor = next.is_null() ? "" : next.get<std::string>();
    ++pages;
  } while (!cursor.empty() && pages < 100);
  EXPECT_EQ(seen, made);
  EXPECT_EQ(pages, 5);
  for (const auto* bad :
       {"cursor=%21", "cursor=AAAA", "limit=0", "limit=1001", "limit=x", "colour=red"}) {
    EXPECT_EQ(api().get(std::string("/api/v1/checks?") + bad, api().admin()).status, 400) << bad;
  }
}

TEST_F(Resources, ChangesOfAnOldVersionAreRefused) {
  const auto made =
      make("/api/v1/rules",
           {{"name", "CPU"}, {"kind", "threshold"}, {"expr", "node_load1{host=\"a\"} > 4"}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto path = "/api/v1/rules/" + made.json["id"].get<std::string>();
  const auto with = [&](Method method, const char* tag, const Json& body) {
    return api().ask(method, path, api().admin(), body, {{"If-Match", tag}}).status;
  };
  EXPECT_EQ(with(Method::patch, "\"v1\"", {{"for_seconds", 60}}), 200);
  EXPECT_EQ(with(Method::patch, "\"v1\"", {{"for_seconds", 90}}), 412);
  EXPECT_EQ(with(Method::delete_, "\"v1\"", nullptr), 412);
  EXPECT_EQ(with(Method::patch, "*", {{"enabled", false}}), 200);
  EXPECT_EQ(with(Method::delete_, "\"v3\"", nullptr), 204);
}

TEST_F(Resources, RulesSayWhatIsWrongWithAnExpression) {
  for (const auto* expr : {"", "a", "a >", "a > b", "{x=\"1\"} > 1", "a{x=1} > 1", "a{x=\"1\" > 1",
                           "a > 1 2", "a => 1"}) {
    const Json rule = {{"name", "x"}, {"kind", "threshold"}, {"expr", expr}};
    EXPECT_EQ(fields_of(make("/api/v1/rules", rule)), (Names{"expr"})) << expr;
  }
  const Json silent = {{"name", "x"}, {"kind", "instance_silent"}};
  const auto made = make("/api/v1/rules", silent);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["for_seconds"], 300);
  for (const auto& [field, value] : std::map<std::string, Json>{
           {"expr", "a > 1"}, {"check_id", Uuid::make().str()}, {"for_seconds", 29}}) {
    auto wrong = silent;
    wrong[field] = value;
    EXPECT_EQ(fields_of(make("/api/v1/rules", wrong)), (Names{field}));
  }
  const auto rules = api().get("/api/v1/rules", api().viewer());
  EXPECT_EQ(rules.json["items"][0]["name"], "Check down");
  EXPECT_EQ(rules.json["items"][0]["kind"], "check_state");
  EXPECT_EQ(rules.json["items"][1]["name"], "Instance is silent");
  EXPECT_EQ(rules.json["items"][1]["kind"], "instance_silent");
}

// Those that are there from the start could have been made by anybody.
TEST_F(Resources, TheRulesOfTheSuiteItselfAreGoodRules) {
  const auto rules = api().get("/api/v1/rules", api().viewer());
  int asked = 0;
  for (const auto& rule : rules.json["items"]) {
    if (rule["id"].get<std::string>().find("00000000-0000-7000-8000-") != 0) continue;
    ++asked;
    auto body = rule;
    for (const auto* name : {"id", "version", "created_at", "updated_at"}) body.erase(name);
    body["enabled"] = false;  // it is on already
    EXPECT_EQ(make("/api/v1/rules", body).status, 201) << body;
  }
  EXPECT_EQ(asked, 15);
}

TEST_F(Resources, RulesInPromqlAreReadBeforeTheyAreKept) {
  const Json rule = {
      {"name", "busy"}, {"kind", "promql"}, {"expr", "sum by (server_id) (rate(x[1m])) > 1"}};
  const auto made = make("/api/v1/rules", rule);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["interval_seconds"], 15);
  EXPECT_EQ(made.json["expr"], rule["expr"]);
  const auto wrong = [&](const char* field, const Json& value) {
    auto body = rule;
    body[field] = value;
    const auto answer = make("/api/v1/rules", body);
    EXPECT_EQ(fields_of(answer), (Names{field})) << answer.text;
    return answer.json["errors"][0]["message"].get<std::string>();
  };
  EXPECT_EQ(wrong("expr", "sum(").find("1:5: parse error: "), 0U);
  EXPECT_EQ(wrong("expr", "x[5m]"), "rule result is not a vector or scalar");
  EXPECT_NE(wrong("expr", "x @ 1600000000 > 1").find("fixed time"), std::string::npos);
  EXPECT_NE(wrong("expr", "rate(x[90d]) > 1").find("31 days"), std::string::npos);
  wrong("expr", "");
  wrong("interval_seconds", 0);
  wrong("interval_seconds", 3601);
  wrong("label_selector", {{"a", "b"}});
  wrong("check_id", Uuid::make().str());
}

TEST_F(Resources, ReportSchedulesKnowTimeZones) {
  Json body = {{"name", "Daily"},
               {"at", "07:30"},
               {"time_zone", "Europe/Berlin"},
               {"recipients", {"a@example.org"}},
               {"filter", {{"labels", {{"env", "prod"}}}}},
               {"group_by", "team"}};
  const auto made = make("/api/v1/report-schedules", body);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["group_by"], "team");
  EXPECT_TRUE(made.json["next_run_at"].is_string());
  body["time_zone"] = "Mars/Olympus";
  EXPECT_EQ(fields_of(make("/api/v1/report-schedules", body)), (Names{"time_zone"}));
  body["at"] = "25:00";
  body["recipients"] = {"a@example.org\r\nBcc: b@example.org"};
  EXPECT_EQ(fields_of(make("/api/v1/report-schedules", body)), (Names{"at", "recipients[0]"}));
  body["recipients"] = Json::array();
  body["time_zone"] = "UTC";
  for (const Json& at : {Json("8:00"), Json(""), Json(8)}) {
    body["at"] = at;
    EXPECT_EQ(make("/api/v1/report-schedules", body).json["errors"].size(), 1U) << at;  // once
  }
}

// M-032.
TEST_F(Resources, ReportsAreIdempotentByKey) {
  Json body = {{"format", "csv"},
               {"from", "2026-11-20T00:00:00Z"},
               {"to", "2026-11-21T00:00:00Z"},
               {"time_zone", "Asia/Tokyo"}};
  const auto ask = [&] {
    return api().ask(Method::post, "/api/v1/reports", api().admin(), body,
                     {{"Idempotency-Key", "k1"}});
  };
  const auto first = ask();
  ASSERT_EQ(first.status, 202) << first.text;
  EXPECT_EQ(first.json["state"], "queued");
  EXPECT_EQ(first.json["time_zone"], "Asia/Tokyo");
  EXPECT_EQ(ask().json["id"], first.json["id"]);
  body["format"] = "pdf";
  EXPECT_EQ(ask().status, 422);
  const auto where = first.header("location");
  EXPECT_EQ(api().get(where, api().viewer()).json["id"], first.json["id"]);
  EXPECT_EQ(api().get(where + "/download", api().viewer()).status, 404);
  EXPECT_EQ(fields_of(make("/api/v1/reports", {{"from", "yesterday"}})), (Names{"from", "to"}));
}

// S-25: an id is all that leads to a file; whatever else is asked leads to none.
TEST_F(Resources, NoPathLeadsToAFileOfReports) {
  for (const auto* id :
       {"..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "....%2f%2f",
        "..%5c..%5cetc%5cpasswd", "%2fetc%2fpasswd", "%00", "x%00.pdf", "..%c0%af",
        "file:%2f%2f%2fetc%2fpasswd", "00000000-0000-0000-0000-000000000000%2f..%2f.."}) {
    const auto answer =
        api().get(std::string("/api/v1/reports/") + id + "/download", api().admin());
    EXPECT_TRUE(answer.status == 400 || answer.status == 404 || answer.status == 422)
        << id << " " << answer.status << " " << answer.text;
    EXPECT_EQ(answer.type, "application/problem+json") << id;
    EXPECT_EQ(answer.text.find("root:"), std::string::npos) << id;
  }
}

TEST_F(Resources, ViewsOfOtherServicesAnswer) {
  for (const auto* path : {"/api/v1/alerts", "/api/v1/incidents?state=open&severity=critical",
                           "/api/v1/reports", "/api/v1/overview"}) {
    EXPECT_EQ(api().get(path, api().viewer()).status, 200) << path;
  }
  EXPECT_EQ(api().get("/api/v1/incidents/" + Uuid::make().str(), api().viewer()).status, 404);
  const auto health = api().get("/health", "");
  EXPECT_EQ(health.status, 503);  // nobody runs here
  EXPECT_EQ(health.json["roles"].size(), 5u);
}

// M-014.
TEST_F(Resources, HealthIsGoodWhenEveryRoleHasSomebodyReady) {
  const auto note = [&](const char* program, bool ready) {
    const store::ProgramInstance row{.instance = Uuid::make(), .program = program, .ready = ready};
    return api().database->transact([&](pqxx::work& tx) { store::note_program(tx, row); });
  };
  for (const auto* program : {"api", "checker", "ingest", "notifier"})
    EXPECT_TRUE(note(program, true));
  EXPECT_TRUE(note("report", false));
  EXPECT_EQ(api().get("/readyz", "").json["status"], "degraded");
  EXPECT_TRUE(note("report", true));
  EXPECT_EQ(api().get("/readyz", "").status, 200);
  EXPECT_TRUE(
      api().database->transact([](pqxx::work& tx) { tx.exec("DELETE FROM program_instances"); }));
}

// M-153.
TEST_F(Resources, EachChangeIsInTheAudit) {
  const auto count = [&] {
    return api()
        .database
        ->transact([](pqxx::work& tx) {
          return static_cast<int>(tx.exec("SELECT 1 FROM audit_log").size());
        })
        .value();
  };
  const int before = count();
  const auto path =
      make("/api/v1/instances", {{"hostname", "audited.example.org"}}).header("location");
  api().ask(Method::patch, path, api().admin(), {{"os", "x"}});
  api().ask(Method::patch, path, api().admin(), {{"kind", "nonsense"}});
  api().ask(Method::delete_, path, api().admin());
  EXPECT_EQ(count(), before + 3);
}

// M-153: what is kept can be read, by admins.
TEST_F(Resources, TheAuditIsShownToAdmins) {
  const auto id = make("/api/v1/instances", {{"hostname", "shown.example.org"}}).json["id"];
  api().ask(Method::delete_, "/api/v1/instances/" + id.get<std::string>(), api().admin());
  const auto get = [&](const std::string& query) {
    return api().get("/api/v1/audit" + query, api().admin());
  };
  const auto first = get("?limit=1&action=instance&actor=" + std::string(kAdminEmail));
  ASSERT_EQ(first.status, 200) << first.text;
  ASSERT_EQ(first.json["items"].size(), 1U);
  EXPECT_EQ(first.json["items"][0]["action"], "instance.delete");
  EXPECT_EQ(first.json["items"][0]["object_id"], id);
  EXPECT_EQ(first.json["items"][0]["actor_name"], kAdminEmail);
  const auto next = get("?limit=1&action=instance&actor=" + std::string(kAdminEmail) +
                        "&cursor=" + first.json["next_cursor"].get<std::string>());
  EXPECT_EQ(next.json["items"][0]["action"], "instance.create");
  EXPECT_EQ(get("?actor=nobody@example.org").json["items"].size(), 0U);
  EXPECT_EQ(get("?to=2020-01-01T00:00:00Z").json["items"].size(), 0U);
  EXPECT_EQ(fields_of(get("?cursor=eA")), Names{"cursor"});
  EXPECT_EQ(api().get("/api/v1/audit", api().viewer()).status, 403);
}

// A cursor comes from outside, whatever it looks like.
TEST_F(Resources, ACursorThatIsNoTextIsRefused) {
  for (const auto* host : {"cursor-a.example.org", "cursor-b.example.org"}) {
    make("/api/v1/instances", {{"hostname", host}});
  }
  const std::string path = "/api/v1/instances?q=cursor-&sort=hostname&limit=1";
  const auto given = from_base64url(api().get(path, api().admin()).json.value("next_cursor", ""));
  ASSERT_TRUE(given);
  const auto next = [&](const std::string& position) {
    return api().get(path + "&cursor=" + to_base64url(position), api().admin());
  };
  EXPECT_EQ(next(*given).status, 200);
  EXPECT_EQ(fields_of(next(*given + "\xff")), Names{"cursor"});
  EXPECT_EQ(fields_of(next(*given + std::string(1, '\0'))), Names{"cursor"});
}

// S8, S29: whatever comes in, problem details go out, without a word of the inside.
// S-08, S-29.
TEST_F(Resources, HostileBodiesGetProblemDetails) {
  const std::string deep(100'000, '[');
  const std::vector<std::string> bodies = {
      "",
      "{",
      "null",
      "[]",
      "\"x\"",
      "{\"name\":\"a\",\"name\":\"b\"}",
      deep,
      "{\"labels\":" + deep + "}",
      "{\"name\":\"\xff\xfe\"}",
      "{\"name\":\"\\u0000\"}",
      "{\"name\":1e999}",
      "{\"for_seconds\":5000000000}",
      "{\"for_seconds\":1e3}",
      "{\"for_seconds\":true}",
      "{\"name\":\"\\ud800\"}",
      "{\"name\":{}}",
      "{\"__proto__\":1}",
      "{\"name\":\"" + std::string(300'000, 'x') + "\"}",
      "{\"name\":\"x'; DROP TABLE users; --\",\"kind\":\"check_state\",\"check_id\":\"' OR 1=1\"}"};
  for (const auto* path :
       {"/api/v1/rules", "/api/v1/checks", "/api/v1/instances", "/api/v1/users", "/api/v1/tokens",
        "/api/v1/report-schedules", "/api/v1/reports", "/api/v1/auth/login", "/api/v1/servers",
        "/api/v1/agents/enrol", "/api/v1/checks/test", "/api/v1/enrolment-tokens"}) {
    for (const auto& body : bodies) {
      const auto answer = api().send(Method::post, path, api().admin(), body,
                                     {{"Content-Type", "application/json"}});
      EXPECT_TRUE(answer.status >= 400 && answer.status < 500)
          << path << " " << answer.status << " " << body.substr(0, 60);
      EXPECT_EQ(answer.type, "application/problem+json");
      EXPECT_TRUE(answer.json.contains("request_id"));
      for (const auto* word : {"std::", "basic_string", "SELECT", "INSERT", "/usr", "pqxx"}) {
        EXPECT_EQ(answer.text.find(word), std::string::npos) << answer.text;
      }
    }
  }
  const auto xml = api().send(Method::post, "/api/v1/rules", api().admin(), "<x/>",
                              {{"Content-Type", "text/xml"}});
  EXPECT_EQ(xml.status, 415);
}

// Nothing that was asked is left out without a word.
TEST_F(Resources, NothingIsLeftOutInSilence) {
  const auto path =
      make("/api/v1/instances", {{"hostname", "silent.example.org"}}).header("location");
  const auto get = [this](const std::string& asked) { return api().get(asked, api().admin()); };
  EXPECT_EQ(fields_of(get("/api/v1/checks?kind=htpp")), Names{"kind"});
  EXPECT_EQ(fields_of(get("/api/v1/checks?status=broken")), Names{"status"});
  EXPECT_EQ(fields_of(get("/api/v1/instances?kind=car")), Names{"kind"});
  EXPECT_EQ(fields_of(get("/api/v1/servers?kind=car")), Names{"kind"});
  EXPECT_EQ(fields_of(get("/api/v1/incidents?state=closed")), Names{"state"});
  EXPECT_EQ(fields_of(get("/api/v1/incidents?severity=page")), Names{"severity"});
  EXPECT_EQ(fields_of(get(path + "?expand=name")), Names{"expand"});
  EXPECT_EQ(fields_of(get("/api/v1/overview?x=1")), Names{"x"});
  EXPECT_EQ(fields_of(get("/api/v1/metrics?server_id=" + path.substr(path.rfind('/') + 1) +
                          "&from=2026-11-21T10:00:00Z&to=2026-11-21T09:00:00Z")),
            Names{"to"});
  EXPECT_NE(get("/api/v1/checks?q=%ff").json["detail"].get<std::string>().find("q"),
            std::string::npos);
  const Json no_settings = {{"kind", "icmp"}, {"target", "127.0.0.1"}, {"settings", {{"icmp", 5}}}};
  EXPECT_EQ(fields_of(make("/api/v1/checks", no_settings)), Names{"settings.icmp"});
  EXPECT_EQ(fields_of(make("/api/v1/instances", {{"hostname", "h"}, {"name", "a\r\nb"}})),
            Names{"name"});
  const auto other =
      api().ask(Method::patch, path, api().admin(), {{"id", Uuid::make().str()}, {"os", "x"}});
  EXPECT_EQ(fields_of(other), Names{"id"});
  EXPECT_EQ(api().ask(Method::patch, path, api().admin(), get(path).json).status, 200);
  const auto zipped = api().send(Method::post, "/api/v1/rules", api().admin(), "{}",
                                 {{"Content-Encoding", "gzip"}});
  EXPECT_EQ(zipped.status, 415);
  const auto me = "/api/v1/users/" + get("/api/v1/me").json["id"].get<std::string>();
  EXPECT_EQ(fields_of(api().ask(Method::patch, me, api().admin(), {{"name", nullptr}})),
            Names{"name"});
}

}  // namespace
}  // namespace monitron::api
