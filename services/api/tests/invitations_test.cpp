#include "store/invitations.hpp"

#include "account_test.hpp"
#include "testkit/eventually.hpp"

#include <thread>

namespace monitron::api {
namespace {

constexpr const char* kInvited = "You are invited";
constexpr const char* kVerify = "Is this your address";

class Invitations : public AccountTest {
 protected:
  Answer invite(const Json& body) {
    return api().post("/api/v1/users/invitations", api().admin(), body);
  }
  Answer accept(const std::string& token, const std::string& password = kPhrase) {
    return api().post("/api/v1/auth/invitations/accept", "",
                      {{"token", token}, {"name", "Ada"}, {"password", password}});
  }
  Answer verify(const std::string& token) {
    return api().post("/api/v1/auth/email/verify", "", {{"token", token}});
  }
};

// M-136: the invited chooses name and password; the letter has proved the address.
TEST_F(Invitations, AreAcceptedOnce) {
  const auto made = invite({{"email", "invited@example.org"}, {"role", "admin"}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto token = token_of(letter_to("invited@example.org", kInvited));
  EXPECT_EQ(fields_of(accept(token, "short")), Names{"password"});
  const auto session = accept(token);
  ASSERT_EQ(session.status, 201) << session.text;
  const auto me = api().get("/api/v1/me", session.json["access_token"]).json;
  EXPECT_EQ(me["email"], "invited@example.org");
  EXPECT_EQ(me["name"], "Ada");
  EXPECT_EQ(me["role"], "admin");
  EXPECT_FALSE(me["email_verified_at"].is_null());
  EXPECT_EQ(fields_of(accept(token)), Names{"token"});
  EXPECT_EQ(invite({{"email", "Invited@example.org"}}).status, 409);
  EXPECT_EQ(
      api()
          .ask(http::Method::delete_, "/api/v1/users/" + me["id"].get<std::string>(), api().admin())
          .status,
      204);
}

TEST_F(Invitations, AreListedTakenBackAndReplaced) {
  const auto made = invite({{"email", "asked@example.org"}});
  EXPECT_EQ(made.json["role"], "viewer");
  const auto first = token_of(letter_to("asked@example.org", kInvited));
  EXPECT_EQ(invite({{"email", "asked@example.org"}}).json["id"], made.json["id"]);
  EXPECT_EQ(accept(first).status, 400);
  const auto second = token_of(letters_to("asked@example.org", kInvited).back());
  const auto listed = api().get("/api/v1/users/invitations", api().admin());
  EXPECT_NE(listed.text.find("asked@example.org"), std::string::npos);
  EXPECT_EQ(listed.text.find(second), std::string::npos);
  EXPECT_EQ(api().get("/api/v1/users/invitations", api().viewer()).status, 403);
  const auto path = "/api/v1/users/invitations/" + made.json["id"].get<std::string>();
  EXPECT_EQ(api().ask(http::Method::delete_, path, api().admin()).status, 204);
  EXPECT_EQ(api().ask(http::Method::delete_, path, api().admin()).status, 404);
  EXPECT_EQ(accept(second).status, 400);
  EXPECT_EQ(fields_of(invite({{"email", "x"}})), Names{"email"});
}

TEST_F(Invitations, AreTooOldAfterAWeek) {
  invite({{"email", "late@example.org"}});
  EXPECT_EQ(one("SELECT count(*) FROM invitations WHERE email = 'late@example.org' AND expires_at "
                "BETWEEN now() + interval '167 hours' AND now() + interval '168 hours'"),
            "1");
  run("UPDATE invitations SET expires_at = now() WHERE email = 'late@example.org'");
  EXPECT_EQ(accept(token_of(letter_to("late@example.org", kInvited))).status, 400);
}

// What an administrator gave out lets nobody in any more once its maker could not give it.
TEST_F(Invitations, AndEnrolmentTokensEndWithTheirMakersRights) {
  const auto made =
      api().post("/api/v1/users", api().admin(),
                 {{"email", "giver@example.org"}, {"password", kPhrase}, {"role", "admin"}});
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_TRUE(api().grants->refresh());
  const auto giver = api().login("giver@example.org", kPhrase);
  EXPECT_EQ(api().post("/api/v1/users/invitations", giver, {{"email", "given@example.org"}}).status,
            201);
  const auto token = token_of(letter_to("given@example.org", kInvited));
  const auto enrolment = api().post("/api/v1/enrolment-tokens", giver, {{"name", "given"}}).json;
  const auto enrol = [&](const char* host) {
    return api()
        .post("/api/v1/agents/enrol", "",
              {{"enrolment_token", enrolment["token"]}, {"hostname", host}})
        .status;
  };
  const auto becomes = [&](const char* role) {
    const auto path = "/api/v1/users/" + made.json["id"].get<std::string>();
    EXPECT_EQ(api().ask(http::Method::patch, path, api().admin(), {{"role", role}}).status, 200);
  };
  EXPECT_EQ(enrol("given-before"), 201);
  becomes("viewer");
  EXPECT_EQ(enrol("given-after"), 401);
  EXPECT_EQ(fields_of(accept(token)), Names{"token"});
  becomes("admin");
  EXPECT_EQ(enrol("given-again"), 201);
  EXPECT_EQ(accept(token).status, 201);
  becomes("viewer");  // elsewhere the first administrator is the only one
}

// Who invites somebody at the same moment to more than the other may give is not overruled.
TEST_F(Invitations, OfTwoAtTheSameMomentOneIsTheSecond) {
  const auto role = "inviter-" + Uuid::make().str().substr(24);
  const Json permissions = {"users:read", "users:write"};
  ASSERT_EQ(
      api()
          .post("/api/v1/roles", api().admin(), {{"name", role}, {"permissions", permissions}})
          .status,
      201);
  const Json account = {{"email", role + "@example.org"}, {"password", kPhrase}, {"role", role}};
  ASSERT_EQ(api().post("/api/v1/users", api().admin(), account).status, 201);
  EXPECT_TRUE(api().grants->refresh());
  const auto lesser = api().login(role + "@example.org", kPhrase);
  const auto email = Uuid::make().str() + "@example.org";
  pqxx::connection connection(api().config.database_url);
  pqxx::work tx(connection);
  EXPECT_FALSE(store::find_invitation_to(tx, email));
  store::put_invitation(tx, {.id = Uuid::make(),
                             .email = email,
                             .role = "admin",
                             .hash = Uuid::make().str(),
                             .expires_at = system_clock().now() + std::chrono::hours(1)});
  Answer answer;
  std::thread second([&] {
    answer =
        api().post("/api/v1/users/invitations", lesser, {{"email", email}, {"role", "member"}});
  });
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] {
    return one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
               "current_database()") == "1";
  }));
  tx.commit();
  second.join();
  EXPECT_EQ(answer.status, 403) << answer.text;
  EXPECT_EQ(one("SELECT role FROM invitations WHERE email = '" + email + "'"), "admin");
}

TEST_F(Invitations, TheSettingSaysWhoMayOpenAccounts) {
  const Json somebody = {{"email", "somebody@example.org"}, {"password", kPhrase}};
  api().config.registration = Registration::invitation;
  EXPECT_EQ(api().post("/api/v1/auth/register", "", somebody).status, 403);
  EXPECT_EQ(invite({{"email", "while-open@example.org"}}).status, 201);
  api().config.registration = Registration::off;
  EXPECT_EQ(api().post("/api/v1/auth/register", "", somebody).status, 403);
  EXPECT_EQ(invite({{"email", "nobody@example.org"}}).status, 403);
  EXPECT_EQ(accept(token_of(letter_to("while-open@example.org", kInvited))).status, 400);
  api().config.registration = Registration::open;
}

TEST_F(Invitations, WhoRegistersProvesTheAddress) {
  const auto user = sign_up("prover@example.org");
  EXPECT_TRUE(user["email_verified_at"].is_null());
  const auto token = enter("prover@example.org").json["access_token"].get<std::string>();
  const auto again = [&] { return api().post("/api/v1/me/email-verification", token, nullptr); };
  EXPECT_EQ(again().status, 429);  // the first letter is not a minute old
  const auto first = token_of(letter_to("prover@example.org", kVerify));
  run("UPDATE account_tokens SET created_at = created_at - interval '2 minutes'");
  EXPECT_EQ(again().status, 202);
  const auto second = token_of(letters_to("prover@example.org", kVerify).back());
  EXPECT_EQ(verify(first).status, 400);
  EXPECT_EQ(verify(second).status, 204);
  EXPECT_EQ(verify(second).status, 400);
  EXPECT_FALSE(api().get("/api/v1/me", token).json["email_verified_at"].is_null());
  EXPECT_EQ(again().status, 409);
  EXPECT_EQ(verify("mpr_" + second.substr(4)).status, 400);
}

}  // namespace
}  // namespace monitron::api
