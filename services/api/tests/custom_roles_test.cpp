#include "account_test.hpp"
#include "api/stream.hpp"
#include "auth/roles.hpp"
#include "store/channels.hpp"
#include "testkit/eventually.hpp"
#include "testkit/web_socket.hpp"

#include <thread>

namespace monitron::api {
namespace {

using http::Method;
using namespace std::chrono_literals;

std::string fresh_name(const std::string& what) {
  return what + "-" + Uuid::make().str().substr(24);
}

class CustomRoles : public AccountTest {
 protected:
  struct Person {
    std::string id;
    std::string email;
    std::string token;
  };

  Answer make(const std::string& name, const Json& permissions, std::string token = "") {
    if (token.empty()) token = api().admin();
    return api().post("/api/v1/roles", token, {{"name", name}, {"permissions", permissions}});
  }
  // The path of a new role.
  std::string role(const std::string& name, const Json& permissions) {
    const auto made = make(name, permissions);
    EXPECT_EQ(made.status, 201) << made.text;
    return "/api/v1/roles/" + made.json.value("id", "");
  }
  Person person(const std::string& role) {
    const auto email = Uuid::make().str() + "@example.org";
    const auto made = api().post("/api/v1/users", api().admin(),
                                 {{"email", email}, {"password", kPhrase}, {"role", role}});
    EXPECT_EQ(made.status, 201) << made.text;
    EXPECT_TRUE(api().grants->refresh());
    return {made.json.value("id", ""), email, api().login(email, kPhrase)};
  }
  Answer patch(const std::string& path, const std::string& token, const Json& body) {
    return api().ask(Method::patch, path, token, body);
  }
  Answer drop(const std::string& path, const std::string& token) {
    return api().ask(Method::delete_, path, token);
  }
};

// M-132: a role of one's own lets in where it says, and nowhere else.
TEST_F(CustomRoles, GiveWhatTheyName) {
  const auto name = fresh_name("nightwatch");
  const auto path = role(name, {"checks:read", "incidents:acknowledge", "checks:read"});
  const auto shown = api().get(path, api().admin());
  EXPECT_EQ(shown.json["permissions"], (Json{"checks:read", "incidents:acknowledge"}));
  EXPECT_EQ(shown.json["built_in"], false);
  const auto someone = person(name);
  const auto me = api().get("/api/v1/me", someone.token);
  EXPECT_EQ(me.json["role"], name);
  EXPECT_EQ(me.json["permissions"], (Json{"checks:read", "incidents:acknowledge", "session"}));
  EXPECT_EQ(api().get("/api/v1/checks", someone.token).status, 200);
  EXPECT_EQ(api().get("/api/v1/instances", someone.token).status, 403);
  EXPECT_EQ(api().get("/api/v1/roles", someone.token).status, 403);
  EXPECT_EQ(api().post("/api/v1/checks", someone.token, "[]").status, 403);
}

// M-132: somebody with the role member has the own account alone.
TEST_F(CustomRoles, AMemberHasTheOwnAccount) {
  const auto someone = person("member");
  EXPECT_EQ(api().get("/api/v1/me", someone.token).json["permissions"], Json{"session"});
  EXPECT_EQ(api().get("/api/v1/overview", someone.token).status, 403);
}

TEST_F(CustomRoles, AreListedWithWhatTheyAreMadeOf) {
  const auto all = api().get("/api/v1/permissions", api().admin());
  ASSERT_EQ(all.status, 200) << all.text;
  EXPECT_EQ(all.json["items"].size(), auth::all_permissions().size() - 1);  // all but session
  EXPECT_EQ(all.json["items"][0]["resource"], "alerts");
  EXPECT_NE(all.json["items"][0]["description"], "");
  std::set<std::string> built_in;
  const auto roles = api().get("/api/v1/roles?limit=1000", api().admin());
  for (const auto& one : roles.json["items"]) {
    if (!one["built_in"]) continue;
    built_in.insert(one["name"]);
    EXPECT_EQ(one["permissions"].size() + 1,
              auth::permissions_of_role(one["name"].get<std::string>()).size());
  }
  EXPECT_EQ(built_in, (std::set<std::string>{"admin", "operator", "viewer", "member"}));
}

TEST_F(CustomRoles, AreRefusedForWhatIsNoRole) {
  EXPECT_EQ(fields_of(make("Not a name", {"checks:read", "checks:fly", "session"})),
            (Names{"name", "permissions[1]", "permissions[2]"}));
  EXPECT_EQ(make("admin", {"checks:read"}).status, 409);
  const auto nobody =
      api().post("/api/v1/users", api().admin(),
                 {{"email", "king@example.org"}, {"password", kPhrase}, {"role", "king"}});
  EXPECT_EQ(fields_of(nobody), Names{"role"});
}

TEST_F(CustomRoles, BuiltInOnesStayAsTheyAre) {
  const auto all = api().get("/api/v1/roles?limit=1000", api().admin());
  for (const auto& one : all.json["items"]) {
    if (!one["built_in"]) continue;
    const auto path = "/api/v1/roles/" + one["id"].get<std::string>();
    EXPECT_EQ(patch(path, api().admin(), {{"description", "mine"}}).status, 409) << one;
    const auto refused = drop(path, api().admin());
    EXPECT_EQ(refused.status, 409) << one;
    EXPECT_NE(refused.text.find("built-in"), std::string::npos) << refused.text;
  }
}

// Who deletes something deletes what is of no use without it only if he may; and it is written
// down.
TEST_F(CustomRoles, WhatGoesWithSomethingAsksForItsOwnPermission) {
  const auto made = [&](const std::string& path, const Json& body) {
    const auto answer = api().post(path, api().admin(), body);
    EXPECT_EQ(answer.status, 201) << answer.text;
    return answer.json["id"].get<std::string>();
  };
  const auto host = made("/api/v1/instances", {{"hostname", Uuid::make().str() + ".example.org"}});
  const auto check =
      made("/api/v1/checks",
           {{"name", "kept"}, {"kind", "tcp"}, {"target", "127.0.0.1:9"}, {"instance_id", host}});
  const auto rule = made("/api/v1/rules",
                         {{"name", "on " + check}, {"kind", "check_state"}, {"check_id", check}});
  const auto with = [&](const std::vector<std::string>& permissions) {
    const auto name = fresh_name("deleter");
    role(name, permissions);
    return person(name).token;
  };
  const auto denied = [&](const std::string& path, const std::vector<std::string>& permissions) {
    const auto answer = drop(path, with(permissions));
    EXPECT_EQ(answer.status, 403) << path;
    return answer.json.value("detail", "");
  };
  EXPECT_NE(denied("/api/v1/instances/" + host, {"instances:write"}).find("checks:write"),
            std::string::npos);
  EXPECT_NE(
      denied("/api/v1/instances/" + host, {"instances:write", "checks:write"}).find("rules:write"),
      std::string::npos);
  EXPECT_NE(denied("/api/v1/checks/" + check, {"checks:write"}).find("\"on " + check + "\""),
            std::string::npos)
      << "which one it is";
  EXPECT_EQ(api().get("/api/v1/rules/" + rule, api().admin()).status, 200);
  EXPECT_EQ(
      drop("/api/v1/instances/" + host, with({"instances:write", "checks:write", "rules:write"}))
          .status,
      204);
  for (const auto& [object, id] : {std::pair("check", check), {"rule", rule}}) {
    const auto entry =
        api().get("/api/v1/audit?object=" + id + "&action=" + object + ".delete", api().admin());
    ASSERT_EQ(entry.json["items"].size(), 1U) << entry.text;
    EXPECT_FALSE(entry.json["items"][0]["change"]["before"]["name"].is_null());
  }
}

TEST_F(CustomRoles, AreKeptWhileSomebodyHasThem) {
  const auto name = fresh_name("used");
  const auto path = role(name, {"checks:read"});
  const auto first = person(name), second = person(name);
  const auto refused = drop(path, api().admin());
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.text.find("2 users have this role"), std::string::npos) << refused.text;
  const auto renamed = fresh_name("renamed");
  EXPECT_EQ(patch(path, api().admin(), {{"name", renamed}}).status, 200);
  EXPECT_EQ(api().get("/api/v1/me", first.token).json["role"], renamed);
  EXPECT_EQ(api().get("/api/v1/checks", first.token).status, 200);
  for (const auto& one : {first, second}) {
    EXPECT_EQ(patch("/api/v1/users/" + one.id, api().admin(), {{"role", "member"}}).status, 200);
  }
  const auto invited = api().post("/api/v1/users/invitations", api().admin(),
                                  {{"email", fresh_name("i") + "@example.org"}, {"role", renamed}});
  ASSERT_EQ(invited.status, 201) << invited.text;
  EXPECT_NE(drop(path, api().admin()).text.find("1 invitation has this role"), std::string::npos);
  const auto invitation = "/api/v1/users/invitations/" + invited.json["id"].get<std::string>();
  EXPECT_EQ(drop(invitation, api().admin()).status, 204);
  EXPECT_EQ(drop(path, api().admin()).status, 204);
  EXPECT_EQ(api().get(path, api().admin()).status, 404);
}

// S9: nobody gives what he lacks, and nobody touches an account that may more than he.
TEST_F(CustomRoles, NobodyGivesWhatHeLacks) {
  const auto name = fresh_name("clerk");
  role(name, {"users:read", "users:write", "roles:read", "roles:write", "checks:read"});
  const auto clerk = person(name);
  const auto strong = role(fresh_name("strong"), {"checks:write"});
  const auto denied = [](const Answer& answer, const std::string& reason) {
    EXPECT_EQ(answer.status, 403) << answer.text;
    EXPECT_NE(answer.text.find(reason), std::string::npos) << answer.text;
  };
  denied(make(fresh_name("more"), {"checks:read", "checks:write"}, clerk.token),
         "you lack checks:write");
  const auto weak = make(fresh_name("weak"), {"checks:read"}, clerk.token);
  ASSERT_EQ(weak.status, 201) << weak.text;
  const auto own = "/api/v1/roles/" + weak.json["id"].get<std::string>();
  denied(patch(own, clerk.token, {{"permissions", {"rules:write"}}}), "you lack rules:write");
  denied(patch(strong, clerk.token, {{"permissions", {"checks:read"}}}), "you lack checks:write");
  denied(drop(strong, clerk.token), "you lack checks:write");

  const Json account = {{"email", fresh_name("x") + "@example.org"}, {"password", kPhrase}};
  auto viewer = account;
  viewer["role"] = "viewer";
  denied(api().post("/api/v1/users", clerk.token, viewer), "you cannot give the role viewer");
  auto invitation = viewer;
  invitation.erase("password");
  denied(api().post("/api/v1/users/invitations", clerk.token, invitation), "you cannot give");
  auto allowed = account;
  allowed["role"] = weak.json["name"];
  const auto made = api().post("/api/v1/users", clerk.token, allowed);
  ASSERT_EQ(made.status, 201) << made.text;
  const auto weaker = "/api/v1/users/" + made.json["id"].get<std::string>();
  denied(patch(weaker, clerk.token, {{"role", "admin"}}), "you cannot give the role admin");
  denied(patch("/api/v1/users/" + clerk.id, clerk.token, {{"role", "admin"}}), "you cannot give");
  EXPECT_EQ(patch(weaker, clerk.token, {{"name", "Weaker"}}).status, 200);

  const auto victim = "/api/v1/users/" + person("operator").id;
  denied(patch(victim, clerk.token, {{"password", "another long phrase"}}), "you cannot change");
  denied(patch(victim, clerk.token, {{"email", "taken@example.org"}}), "you cannot change");
  denied(drop(victim, clerk.token), "you cannot change");
  denied(drop(victim + "/totp", clerk.token), "you cannot change");
  EXPECT_EQ(drop(weaker, clerk.token).status, 204);
}

// An agent that is let in sends and registers: so may who lets it in.
TEST_F(CustomRoles, WhoLetsAgentsInMayWhatTheyMay) {
  const auto weak = fresh_name("doorkeeper"), strong = fresh_name("innkeeper");
  role(weak, {"enrolment:write"});
  const auto path = role(strong, {"enrolment:write", "telemetry:send", "instances:register"});
  const auto refused = api().post("/api/v1/enrolment-tokens", person(weak).token, {{"name", "a"}});
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.text.find("telemetry:send"), std::string::npos) << refused.text;
  const auto made = api().post("/api/v1/enrolment-tokens", person(strong).token, {{"name", "a"}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto enrol = [&](const std::string& hostname) {
    return api()
        .post("/api/v1/agents/enrol", "",
              {{"enrolment_token", made.json["token"]}, {"hostname", hostname}})
        .status;
  };
  EXPECT_EQ(enrol("let.in.example"), 201);
  EXPECT_EQ(patch(path, api().admin(), {{"permissions", {"enrolment:write"}}}).status, 200);
  EXPECT_EQ(enrol("kept.out.example"), 401);
}

// What was given by letter is worth what its giver may now.
TEST_F(CustomRoles, InvitationsShrinkWithWhoMadeThem) {
  const auto name = fresh_name("host");
  const auto path = role(name, {"users:write", "checks:read"});
  const auto host = person(name);
  const auto guest = role(fresh_name("guest"), {"checks:read"});
  const auto guest_name = api().get(guest, api().admin()).json["name"];
  const auto email = fresh_name("guest") + "@example.org";
  ASSERT_EQ(
      api()
          .post("/api/v1/users/invitations", host.token, {{"email", email}, {"role", guest_name}})
          .status,
      201);
  const auto token = token_of(letter_to(email, "invited"));
  const auto accept = [&] {
    return api()
        .post("/api/v1/auth/invitations/accept", "",
              {{"token", token}, {"name", "G"}, {"password", kPhrase}})
        .status;
  };
  EXPECT_EQ(patch(path, api().admin(), {{"permissions", {"users:write"}}}).status, 200);
  EXPECT_EQ(accept(), 400);
  EXPECT_EQ(patch(path, api().admin(), {{"permissions", {"users:write", "checks:read"}}}).status,
            200);
  EXPECT_EQ(accept(), 201);
}

// S9: what a stronger one sent out is neither replaced nor taken back by a weaker one.
TEST_F(CustomRoles, InvitationsOfStrongerRolesAreNotForEverybody) {
  const auto name = fresh_name("secretary");
  const auto weak = role(name, {"users:read", "users:write"});
  const auto clerk = person(name);
  const auto email = fresh_name("boss") + "@example.org";
  const auto invite = [&](const std::string& token, const Json& given) {
    return api().post("/api/v1/users/invitations", token, {{"email", email}, {"role", given}});
  };
  const auto sent = invite(api().admin(), "admin");
  ASSERT_EQ(sent.status, 201) << sent.text;
  const auto denied = [](const Answer& answer) {
    EXPECT_EQ(answer.status, 403) << answer.text;
    EXPECT_NE(answer.text.find("you cannot change an invitation to the role admin"),
              std::string::npos)
        << answer.text;
  };
  denied(invite(clerk.token, name));
  const auto path = "/api/v1/users/invitations/" + sent.json["id"].get<std::string>();
  denied(drop(path, clerk.token));
  EXPECT_EQ(drop(path, api().admin()).status, 204);
  EXPECT_EQ(invite(clerk.token, name).status, 201);
}

// M-132: a changed role reaches who has it, on another replica and on open streams, too.
TEST_F(CustomRoles, ChangesReachEveryReplicaAndOpenStreams) {
  const auto name = fresh_name("follower");
  const auto path = role(name, {"checks:read"});
  const auto someone = person(name);
  const auto script =
      api().post("/api/v1/tokens", api().admin(), {{"name", "s"}, {"scopes", {"read"}}});
  Grants elsewhere(*api().database);
  ASSERT_TRUE(elsewhere.refresh());
  Stream stream(*api().context, *api().access, *api().graphql);
  ASSERT_TRUE(stream.start());
  const auto made = api().post("/api/v1/stream/tickets", someone.token, nullptr);
  ASSERT_EQ(made.status, 201) << made.text;
  testkit::WebSocket socket(stream.port(), "/api/v1/stream?topics=checks&ticket=" +
                                               made.json["ticket"].get<std::string>());
  ASSERT_EQ(socket.status(), 101);
  const auto claims = api().jwt.verify(auth::Use::access, someone.token);
  ASSERT_TRUE(claims);
  EXPECT_TRUE(elsewhere.caller_of(*claims)->may("checks:read"));

  ASSERT_EQ(patch(path, api().admin(), {{"permissions", {"rules:read"}}}).status, 200);
  EXPECT_EQ(api().get("/api/v1/checks", someone.token).status, 403);
  EXPECT_EQ(api().get("/api/v1/rules", someone.token).status, 200);
  ASSERT_TRUE(elsewhere.refresh());  // what every replica does each few seconds
  EXPECT_FALSE(elsewhere.caller_of(*claims)->may("checks:read"));
  EXPECT_TRUE(testkit::eventually(10s, [&] {
    stream.recheck();
    while (socket.receive(20ms)) {
    }
    return socket.closed();
  }));
  EXPECT_EQ(socket.close_code(), 1008);
}

// S9: who may not see alerts is not told of them either.
TEST_F(CustomRoles, WhoMayNotSeeAlertsIsToldOfNone) {
  const auto name = fresh_name("listener");
  const auto path = role(name, {"alerts:read"});
  const auto someone = person(name);
  const auto channel = api().post("/api/v1/channels", someone.token,
                                  {{"name", "c"}, {"kind", "email"}, {"address", someone.email}});
  ASSERT_EQ(channel.status, 201) << channel.text;
  const Json wanted = {{"channel_id", channel.json["id"]}};
  const auto made = api().post("/api/v1/subscriptions", someone.token, wanted);
  ASSERT_EQ(made.status, 201) << made.text;
  const auto told = [&] {
    bool found = false;
    change([&](pqxx::work& tx) {
      for (const auto& one : store::active_subscriptions(tx)) {
        found = found || one.id.str() == made.json["id"];
      }
    });
    return found;
  };
  EXPECT_TRUE(told());
  EXPECT_EQ(patch(path, api().admin(), {{"permissions", {"rules:read"}}}).status, 200);
  EXPECT_FALSE(told());
  EXPECT_EQ(api().post("/api/v1/subscriptions", someone.token, wanted).status, 403);
}

// S19: who made, changed and deleted which role, before and after.
TEST_F(CustomRoles, EveryChangeIsInTheAuditTrail) {
  const auto path = role(fresh_name("audited"), {"checks:read"});
  EXPECT_EQ(patch(path, api().admin(), {{"permissions", {"rules:read"}}}).status, 200);
  EXPECT_EQ(drop(path, api().admin()).status, 204);
  const auto id = path.substr(path.rfind('/') + 1);
  const auto items = api().get("/api/v1/audit?object=" + id, api().admin()).json["items"];
  ASSERT_EQ(items.size(), 3u) << items;
  EXPECT_EQ(items[0]["action"], "role.delete");
  EXPECT_EQ(items[1]["action"], "role.update");
  EXPECT_EQ(items[1]["change"]["before"]["permissions"], Json{"checks:read"});
  EXPECT_EQ(items[1]["change"]["after"]["permissions"], Json{"rules:read"});
  EXPECT_EQ(items[2]["action"], "role.create");
}

// M-138: two administrators who take each other's role, or account, at the same time: one stays.
TEST(LastAdministrator, StaysWhateverHappensAtOnce) {
  MONITRON_REQUIRE_SERVERS();
  Suite alone;
  const auto id_of = [&](const std::string& token) {
    return alone.get("/api/v1/me", token).json["id"].get<std::string>();
  };
  const auto admins = [&] {
    int count = 0;
    EXPECT_TRUE(
        alone.database->transact([&](pqxx::work& tx) { count = store::count_admins_locked(tx); }));
    return count;
  };
  std::string mine = alone.admin();
  for (int round = 0; round < 12; ++round) {
    const auto email = Uuid::make().str() + "@example.org";
    ASSERT_EQ(alone
                  .post("/api/v1/users", mine,
                        {{"email", email}, {"password", kPhrase}, {"role", "admin"}})
                  .status,
              201);
    ASSERT_TRUE(alone.grants->refresh());
    const auto other = alone.login(email, kPhrase);
    const auto mine_path = "/api/v1/users/" + id_of(mine),
               other_path = "/api/v1/users/" + id_of(other);
    const auto strike = [&](const std::string& path, const std::string& token) {
      if (round % 3 == 0) return alone.ask(Method::delete_, path, token).status;
      const Json body = {{"role", round % 3 == 1 ? "viewer" : "member"}};
      return alone.ask(Method::patch, path, token, body).status;
    };
    int by_me = 0, by_other = 0;
    std::thread first([&] { by_me = strike(other_path, mine); });
    std::thread second([&] { by_other = strike(mine_path, other); });
    first.join();
    second.join();
    ASSERT_EQ(admins(), 1) << by_me << " " << by_other;
    EXPECT_NE(by_me < 300, by_other < 300) << by_me << " " << by_other;
    if (by_other < 300) mine = other;
    EXPECT_EQ(strike("/api/v1/users/" + id_of(mine), mine), 409);
  }
}

}  // namespace
}  // namespace monitron::api
