#include "suite.hpp"
#include "testkit/eventually.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <future>
#include <pqxx/pqxx>
#include <thread>

namespace monitron::api {
namespace {

using http::Method;

constexpr const char* kPhrase = "a long enough phrase";

// Of this process, whose server is what is asked: what else runs on the machine does not count.
double cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

class Sessions : public ApiTest {
 protected:
  static Json account(const std::string& name, const char* password = kPhrase) {
    return {{"email", name + "@example.org"}, {"password", password}};
  }
  Answer enter(const Json& account) { return api().post("/api/v1/auth/login", "", account); }
  Answer sign_up(const Json& account) {
    return api().ask(Method::post, "/api/v1/auth/register", "", account, from_elsewhere());
  }
};

// M-023: registration; the same address again is a conflict; nobody makes himself administrator.
TEST_F(Sessions, RegistersOnce) {
  const auto made = sign_up(account("Once"));
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["role"], "viewer");
  EXPECT_EQ(made.text.find("phrase"), std::string::npos);
  EXPECT_EQ(made.text.find("$2b$"), std::string::npos);
  EXPECT_EQ(sign_up(account("oNCE")).status, 409);
  auto climber = account("climber");
  climber["role"] = "admin";
  EXPECT_EQ(sign_up(climber).json["errors"][0]["field"], "role");
}

// M-024: a wrong password and an unknown account look the same.
// S-07.
TEST_F(Sessions, LogsIn) {
  sign_up(account("login"));
  const auto session = enter(account("login"));
  ASSERT_EQ(session.status, 200) << session.text;
  EXPECT_EQ(session.json["token_type"], "Bearer");
  EXPECT_EQ(session.json["expires_in"], 600);
  const auto me = api().get("/api/v1/me", session.json["access_token"]);
  EXPECT_EQ(me.json["email"], "login@example.org");
  const auto bad = enter(account("login", "another long phrase"));
  const auto unknown = enter(account("nobody-there"));
  EXPECT_EQ(bad.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(bad.json["detail"], unknown.json["detail"]);
}

// S-07: what the answers cost does not tell either: each is one hash, whoever it is about.
TEST_F(Sessions, AnUnknownAccountCostsAHashAsWell) {
  sign_up(account("costs"));
  const auto cost = [&](const Json& tried) {
    std::vector<double> seconds;
    for (int i = 0; i < 5; ++i) {
      api().throttles.passwords.succeeded(tried["email"], "127.0.0.1");
      const auto elsewhere = from_elsewhere();
      const auto before = cpu_seconds();
      EXPECT_EQ(api().ask(Method::post, "/api/v1/auth/login", "", tried, elsewhere).status, 401);
      seconds.push_back(cpu_seconds() - before);
    }
    std::nth_element(seconds.begin(), seconds.begin() + 2, seconds.end());
    return seconds[2];
  };
  const auto known = cost(account("costs", "another long phrase"));
  EXPECT_NEAR(cost(account("nobody-there")) / known, 1, 0.5);
  EXPECT_NEAR(cost(account("costs", "no")) / known, 1, 0.5);
}

// M-153, S-19: who came, went, and was turned out because a token came twice.
TEST_F(Sessions, AreInTheAuditTrail) {
  sign_up(account("trail"));
  const auto refresh = [&](const Json& session) {
    return api().post("/api/v1/auth/refresh", "", {{"refresh_token", session["refresh_token"]}});
  };
  const auto log_out = [&](const Json& session) {
    return api().post("/api/v1/auth/logout", "", {{"refresh_token", session["refresh_token"]}});
  };
  const auto first = enter(account("trail")).json;
  EXPECT_EQ(log_out(first).status, 204);
  EXPECT_EQ(log_out(first).status, 204);  // which changes nothing any more
  const auto second = enter(account("trail")).json;
  EXPECT_EQ(refresh(second).status, 200);
  EXPECT_EQ(refresh(second).status, 401);
  EXPECT_EQ(refresh(second).status, 401);
  const auto third = enter(account("trail")).json;
  const auto changed = api().post("/api/v1/auth/password", third["access_token"],
                                  {{"old_password", kPhrase}, {"new_password", "another phrase"}});
  EXPECT_EQ(changed.status, 200) << changed.text;
  const auto rows = api()
                        .get("/api/v1/audit?action=session&actor=trail@example.org", api().admin())
                        .json["items"];
  std::vector<std::string> actions;
  for (const auto& row : rows) actions.push_back(row["action"]);
  EXPECT_EQ(actions, (std::vector<std::string>{"session.begin", "session.begin", "session.reused",
                                               "session.begin", "session.end", "session.begin"}))
      << rows;
  EXPECT_EQ(rows[2]["credential"], rows[3]["credential"]);
  EXPECT_EQ(rows[2]["credential"], rows[2]["object_id"]);
  EXPECT_NE(rows[0]["credential"], rows[1]["credential"]) << "a changed password is a new session";
}

// S-17.
TEST_F(Sessions, SlowsDownGuessing) {
  sign_up(account("guess"));
  Answer answer;
  for (int i = 0; i < 8 && answer.status != 429; ++i) {
    answer = enter(account("guess", "another long phrase"));
  }
  EXPECT_EQ(answer.status, 429);
  EXPECT_NE(answer.header("retry-after"), "");
  EXPECT_EQ(enter(account("guess")).status, 429);
  api().throttles.passwords.succeeded("guess@example.org", "127.0.0.1");
  EXPECT_EQ(enter(account("guess")).status, 200);
}

// M-026: each refresh token is good once; a second use ends the session.
// S17: those that wait in one line wait for what became of those before them.
// S-17, S-27.
TEST_F(Sessions, GuessesAtOnceAreAsFewAsOneByOne) {
  std::atomic<int> tried{0}, slowed{0};
  std::vector<std::thread> guessing;
  for (int i = 0; i < 20; ++i) {
    guessing.emplace_back([&] {
      const auto answer = api().post("/api/v1/auth/login", "",
                                     {{"email", "at.once@example.org"}, {"password", "wrong"}});
      tried += answer.status == 401;
      slowed += answer.status == 429;
    });
  }
  for (auto& one : guessing) one.join();
  EXPECT_EQ(tried + slowed, 20);
  EXPECT_LE(tried, 10);  // those that are free, and two that are compared side by side
}

// S-05.
TEST_F(Sessions, ReuseOfARefreshTokenEndsTheFamily) {
  sign_up(account("refresh"));
  const auto first = enter(account("refresh")).json;
  const Json old = {{"refresh_token", first["refresh_token"]}};
  const auto second = api().post("/api/v1/auth/refresh", "", old);
  ASSERT_EQ(second.status, 200) << second.text;
  EXPECT_EQ(api().get("/api/v1/me", second.json["access_token"]).status, 200);
  EXPECT_EQ(api().post("/api/v1/auth/refresh", "", old).status, 401);
  const Json newer = {{"refresh_token", second.json["refresh_token"]}};
  EXPECT_EQ(api().post("/api/v1/auth/refresh", "", newer).status, 401);
  EXPECT_EQ(api().get("/api/v1/me", second.json["access_token"]).status, 401);
}

// S-05, S-27.
TEST_F(Sessions, OfTwoRefreshesAtOnceOneWins) {
  sign_up(account("race"));
  const Json body = {{"refresh_token", enter(account("race")).json["refresh_token"]}};
  std::vector<std::future<int>> tries;
  for (int i = 0; i < 4; ++i) {
    tries.push_back(std::async(
        std::launch::async, [&] { return api().post("/api/v1/auth/refresh", "", body).status; }));
  }
  int won = 0;
  for (auto& one : tries) won += one.get() == 200 ? 1 : 0;
  EXPECT_EQ(won, 1);
}

// S-05.
TEST_F(Sessions, LogoutEndsTheSession) {
  sign_up(account("logout"));
  const auto session = enter(account("logout")).json;
  const Json body = {{"refresh_token", session["refresh_token"]}};
  EXPECT_EQ(api().post("/api/v1/auth/logout", "", body).status, 204);
  EXPECT_EQ(api().get("/api/v1/me", session["access_token"]).status, 401);
  EXPECT_EQ(api().post("/api/v1/auth/refresh", "", body).status, 401);
  EXPECT_EQ(api().post("/api/v1/auth/logout", "", {{"refresh_token", "mrt_x"}}).status, 204);
}

// M-023: 409 tells that an address has an account: nobody asks for many of them.
TEST_F(Sessions, OpeningAccountsIsSlowedDownByNetworkAndAddress) {
  const auto ask = [&](const std::string& name, const std::string& from) {
    return api().ask(Method::post, "/api/v1/auth/register", "", account(name),
                     {{"X-Forwarded-For", from}});
  };
  sign_up(account("asked-for"));
  Answer answer;
  int asked = 0;
  for (; asked < 50 && answer.status != 429; ++asked) {
    const auto from = "2001:db8:7:7::" + std::to_string(asked);
    answer = ask(asked % 2 == 0 ? "asked-for" : "nobody" + std::to_string(asked), from);
  }
  EXPECT_LE(asked, 12);
  EXPECT_EQ(answer.status, 429);
  EXPECT_GE(std::stoi("0" + answer.header("retry-after")), 1);
  EXPECT_EQ(ask("asked-for", "2001:db8:7:8::1").status, 409);
  EXPECT_EQ(ask("new-there", "2001:db8:7:8::1").status, 201);
  for (int i = 0; i < 6; ++i) answer = ask("asked-for", "198.51.100.77");
  EXPECT_EQ(answer.status, 429);
}

// M-134: of two who change it at once with the same old password one is too late.
// S-27.
TEST_F(Sessions, OfTwoChangesOfThePasswordAtOnceOneWins) {
  const auto id = sign_up(account("two-changes")).json["id"].get<std::string>();
  const std::string token = enter(account("two-changes")).json["access_token"];
  const auto change = [&](const std::string& after) {
    return api()
        .post("/api/v1/auth/password", token, {{"old_password", kPhrase}, {"new_password", after}})
        .status;
  };
  std::future<int> first, second;
  const auto wait = [&] {
    db::Pool looker({.url = api().config.database_url, .application_name = "looker", .size = 1});
    return testkit::eventually(std::chrono::seconds(30), [&] {
      const auto rows = looker.transact([](pqxx::work& tx) {
        return tx.exec(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND "
            "wait_event_type = 'Lock'");
      });
      return rows && rows->size() == 2;
    });
  };
  // Both have compared the old password when they are let go on.
  ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
    tx.exec("SELECT FROM users WHERE id = '" + id + "' FOR UPDATE");
    first = std::async(std::launch::async, [&] { return change("the first long phrase"); });
    second = std::async(std::launch::async, [&] { return change("the second long phrase"); });
    EXPECT_TRUE(wait());
  }));
  const std::multiset<int> ends = {first.get(), second.get()};
  EXPECT_EQ(ends, (std::multiset<int>{200, 409}));
}

// M-134: The old password is needed; every other session ends, the one that asked goes on.
TEST_F(Sessions, APersonChangesTheOwnPassword) {
  sign_up(account("changer"));
  const auto other = enter(account("changer")).json;
  const auto mine = enter(account("changer")).json;
  const auto token = mine["access_token"].get<std::string>();
  const auto change = [&](const char* before, const char* after) {
    return api().post("/api/v1/auth/password", token,
                      {{"old_password", before}, {"new_password", after}});
  };
  EXPECT_EQ(change("not that one", "another long phrase").json["errors"][0]["field"],
            "old_password");
  EXPECT_EQ(change(kPhrase, "short").json["errors"][0]["field"], "new_password");
  const auto done = change(kPhrase, "another long phrase");
  ASSERT_EQ(done.status, 200) << done.text;
  EXPECT_EQ(api().get("/api/v1/me", done.json["access_token"]).status, 200);
  EXPECT_EQ(api().get("/api/v1/me", token).status, 401);
  EXPECT_EQ(
      api().post("/api/v1/auth/refresh", "", {{"refresh_token", other["refresh_token"]}}).status,
      401);
  EXPECT_EQ(enter(account("changer")).status, 401);
  EXPECT_EQ(enter(account("changer", "another long phrase")).status, 200);
  EXPECT_EQ(api()
                .post("/api/v1/auth/password", api().api_token({"read", "write"}),
                      {{"old_password", "a"}, {"new_password", "b"}})
                .status,
            403);
}

// M-136, M-137, M-138: administrators make, change and delete accounts; the last one stays.
TEST_F(Sessions, AdminsKeepAccounts) {
  const auto made = api().post("/api/v1/users", api().admin(), account("kept"));
  ASSERT_EQ(made.status, 201) << made.text;
  const auto path = "/api/v1/users/" + made.json["id"].get<std::string>();
  const auto token = api().login("kept@example.org", kPhrase);
  EXPECT_EQ(api().get("/api/v1/users", token).status, 403);
  const auto patch = [&](const std::string& where, const Json& body) {
    return api().ask(Method::patch, where, api().admin(), body).status;
  };
  EXPECT_EQ(patch(path, {{"role", "admin"}}), 200);
  EXPECT_EQ(api().get("/api/v1/me", token).status, 401);  // it was made for the old role
  const auto stronger = api().login("kept@example.org", kPhrase);
  EXPECT_EQ(api().get("/api/v1/users", stronger).status, 200);
  EXPECT_EQ(patch(path, {{"password", "another long phrase"}}), 200);
  EXPECT_EQ(api().get("/api/v1/me", stronger).status, 401);
  EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
  EXPECT_EQ(api().get(path, api().admin()).status, 404);
  const auto me = api().get("/api/v1/me", api().admin()).json["id"].get<std::string>();
  EXPECT_EQ(api().ask(Method::delete_, "/api/v1/users/" + me, api().admin()).status, 409);
  EXPECT_EQ(patch("/api/v1/users/" + me, {{"role", "viewer"}}), 409);
}

// M-137: what is refused ends no session, and a password is judged by the whole account.
TEST_F(Sessions, ARefusedChangeOfAnAccountChangesNothing) {
  const auto made = api().post(
      "/api/v1/users", api().admin(),
      {{"email", "griselda@farm.example"}, {"name", "Barnaby Rutherford"}, {"password", kPhrase}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto path = "/api/v1/users/" + made.json["id"].get<std::string>();
  const auto session = enter({{"email", "griselda@farm.example"}, {"password", kPhrase}}).json;
  const auto patch = [&](const Json& body, const HeaderList& headers = {}) {
    return api().ask(Method::patch, path, api().admin(), body, headers);
  };
  EXPECT_EQ(fields_of(patch({{"password", "Griselda-2024!"}})), Names{"password"});
  EXPECT_EQ(fields_of(patch({{"password", "Rutherford-2024!"}})), Names{"password"});
  EXPECT_EQ(fields_of(patch({{"password", "Vaucanson-2024!"}, {"name", "Vaucanson"}})),
            Names{"password"});
  EXPECT_EQ(patch({{"password", "short"}, {"role", "admin"}}).status, 400);
  EXPECT_EQ(patch({{"role", "emperor"}}).status, 400);
  EXPECT_EQ(patch({{"role", "admin"}}, {{"If-Match", "\"v77\""}}).status, 412);
  EXPECT_EQ(patch({{"password", "another long phrase"}}, {{"If-Match", "\"v77\""}}).status, 412);
  const auto other = "/api/v1/users/" + Uuid::make().str();
  EXPECT_EQ(
      api().ask(Method::patch, other, api().admin(), {{"password", "another long phrase"}}).status,
      404);
  EXPECT_EQ(api().get("/api/v1/me", session["access_token"]).status, 200);
  const auto next =
      api().post("/api/v1/auth/refresh", "", {{"refresh_token", session["refresh_token"]}});
  EXPECT_EQ(next.status, 200) << next.text;
  EXPECT_EQ(patch({{"password", "another long phrase"}}).status, 200);
  EXPECT_EQ(api().get("/api/v1/me", next.json["access_token"]).status, 401);
}

// M-090, M-091, R-032: API tokens open by scope, are shown once and can be taken back.
TEST_F(Sessions, ApiTokensOpenByScopeUntilRevoked) {
  const auto made = api().post(
      "/api/v1/tokens", api().admin(),
      {{"name", "script"}, {"scopes", {"read"}}, {"expires_at", "2099-01-01T00:00:00Z"}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto token = made.json["token"].get<std::string>();
  EXPECT_EQ(api().get("/api/v1/checks", token).status, 200);
  EXPECT_EQ(api().post("/api/v1/rules", token, Json::object()).status, 403);
  EXPECT_EQ(api().get("/api/v1/me", token).status, 403);
  EXPECT_EQ(api().get("/api/v1/tokens", api().admin()).text.find(token), std::string::npos);
  const auto path = "/api/v1/tokens/" + made.json["id"].get<std::string>();
  EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  int status = 200;
  while (status == 200 && std::chrono::steady_clock::now() < end) {
    status = api().get("/api/v1/checks", token).status;
  }
  EXPECT_EQ(status, 401);
  const Json too_strong = {{"name", "x"}, {"scopes", {"admin"}}};
  EXPECT_EQ(api().post("/api/v1/tokens", api().admin(), too_strong).status, 400);
}

// S-12.
// S-12: an agent is let in no more, and its instance stays.
TEST_F(Sessions, AgentsAreListedAndRefusedFromThenOn) {
  const auto token = api().post("/api/v1/enrolment-tokens", api().admin(), {{"name", "one"}});
  ASSERT_EQ(token.status, 201) << token.text;
  const auto host = "a" + Uuid::make().str().substr(24) + ".example.org";
  const auto let_in = api().post(
      "/api/v1/agents/enrol", "",
      {{"enrolment_token", token.json["token"]}, {"hostname", host}, {"agent_version", "9.9"}});
  ASSERT_EQ(let_in.status, 201) << let_in.text;
  const auto found = api().get("/api/v1/agents?q=" + host, api().admin()).json["items"];
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["server_id"], let_in.json["server_id"]);
  EXPECT_EQ(found[0]["version"], "9.9");
  EXPECT_EQ(found[0].dump().find(let_in.json["token"].get<std::string>()), std::string::npos);
  const auto place = "/api/v1/agents/" + found[0]["id"].get<std::string>();
  EXPECT_EQ(api().get(place, api().admin()).json, found[0]);
  EXPECT_EQ(api().get(place, api().viewer()).status, 403);
  EXPECT_EQ(api().ask(http::Method::delete_, place, api().viewer()).status, 403);
  ASSERT_EQ(api().ask(http::Method::delete_, place, api().admin()).status, 204);
  EXPECT_EQ(api().get(place, api().admin()).status, 404);
  const auto id = let_in.json["server_id"].get<std::string>();
  EXPECT_EQ(api().get("/api/v1/instances/" + id, api().admin()).status, 200);
  const auto trail = api().get("/api/v1/audit?action=agent.revoke&q=" + id, api().admin());
  EXPECT_EQ(trail.json["items"].size(), 1u);
  // Nobody had used it before: it is refused at once.
  const auto refused = api().post("/api/v1/ingest", let_in.json["token"], {{"server_id", id}});
  EXPECT_NE(refused.status, 202);
  EXPECT_EQ(api().get("/api/v1/me", let_in.json["token"]).status, 401);
}

// S-16: what it was started with, but no secret.
TEST_F(Sessions, SettingsAreShownWithoutSecrets) {
  const auto loaded = service::Settings::from(
      "api", {{"DATABASE_URL", "postgres://monitron:canary-one@db/x"},
              {"RABBITMQ_URL", "amqp://u:canary-two@mq:5672/"},
              {"ALERTMANAGER_URL", "http://ops:canary-three@am-1:9093,https://am-2/x@y"},
              {"JWT_SECRET", "canary-four-0123456789abcdef0123456789"},
              {"ENCRYPTION_KEY", "canary-five-0123456789abcdef0123"}});
  ASSERT_TRUE(loaded) << loaded.error().text;
  std::map<std::string, std::pair<bool, std::string>> shown;
  for (const auto& one : loaded->shown()) {
    shown[std::string(one.setting->name)] = {one.set, one.value};
    EXPECT_EQ(one.value.find("canary"), std::string::npos) << one.setting->name;
  }
  EXPECT_EQ(shown["JWT_SECRET"], (std::pair<bool, std::string>{true, ""}));
  EXPECT_EQ(shown["ALERTMANAGER_URL"].second, "http://***@am-1:9093,https://am-2/x@y");
  EXPECT_EQ(shown["MONITRON_API_BCRYPT_COST"].second, "12");
  EXPECT_FALSE(shown.contains("EMAIL_HOST")) << "of another program";
  EXPECT_EQ(api().get("/api/v1/settings", api().viewer()).status, 403);
  const auto answer = api().get("/api/v1/settings", api().admin());
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.json["items"].is_array());
}

TEST_F(Sessions, AgentsEnrolAsOftenAsAllowed) {
  const auto enrolment =
      api().post("/api/v1/enrolment-tokens", api().admin(), {{"name", "once"}, {"max_uses", 1}});
  ASSERT_EQ(enrolment.status, 201) << enrolment.text;
  const Json body = {{"enrolment_token", enrolment.json["token"]}, {"hostname", "enrolled-1"}};
  const auto agent = api().post("/api/v1/agents/enrol", "", body);
  ASSERT_EQ(agent.status, 201) << agent.text;
  const auto path = "/api/v1/servers/" + agent.json["server_id"].get<std::string>();
  EXPECT_EQ(api().get(path, api().admin()).json["hostname"], "enrolled-1");
  EXPECT_EQ(api().get("/api/v1/servers", agent.json["token"]).status, 403);
  EXPECT_EQ(api().post("/api/v1/agents/enrol", "", body).status, 401);
}

// Who comes again and again with other labels has no more of them than anybody; and a refusal is
// no use of the enrolment token.
TEST_F(Sessions, LabelsOfAgentsDoNotPileUp) {
  const auto enrolment =
      api().post("/api/v1/enrolment-tokens", api().admin(), {{"name", "labels"}, {"max_uses", 2}});
  const auto come = [&](const std::string& prefix, int labels) {
    Json body = {{"enrolment_token", enrolment.json["token"]}, {"hostname", "labelled-1"}};
    for (int i = 0; i < labels; ++i) body["labels"][prefix + std::to_string(i)] = "v";
    return api().post("/api/v1/agents/enrol", "", body);
  };
  const auto first = come("a", 30);
  ASSERT_EQ(first.status, 201) << first.text;
  EXPECT_EQ(fields_of(come("b", 21)), Names{"labels"});
  const auto path = "/api/v1/instances/" + first.json["server_id"].get<std::string>();
  const auto agents = api().get(
      "/api/v1/agents?server_id=" + first.json["server_id"].get<std::string>(), api().admin());
  const auto agent = "/api/v1/agents/" + agents.json["items"][0]["id"].get<std::string>();
  ASSERT_EQ(api().ask(http::Method::delete_, agent, api().admin()).status, 204);
  EXPECT_EQ(api().get(path, api().admin()).json["labels"].size(), 30U);
  EXPECT_EQ(come("b", 20).status, 201);
  EXPECT_EQ(api().get(path, api().admin()).json["labels"].size(), 50U);
  const Json more = {{"hostname", "labelled-1"}, {"labels", {{"c", "v"}}}};
  EXPECT_EQ(fields_of(api().post("/api/v1/servers", api().admin(), more)), Names{"labels"});
}

}  // namespace
}  // namespace monitron::api
