#include "account_test.hpp"
#include "auth/password.hpp"

namespace monitron::api {
namespace {

constexpr const char* kNewPhrase = "another long phrase";
constexpr const char* kSubject = "A new password";

class PasswordReset : public AccountTest {
 protected:
  Answer forgot(const std::string& email, const HeaderList& headers = {}) {
    return api().ask(http::Method::post, "/api/v1/auth/password/forgot", "", {{"email", email}},
                     headers);
  }
  Answer reset(const std::string& token, const std::string& password = kNewPhrase) {
    return api().post("/api/v1/auth/password/reset", "",
                      {{"token", token}, {"password", password}});
  }
  std::string token_for(const std::string& email) {
    EXPECT_EQ(forgot(email).status, 202);
    return token_of(letter_to(to_lower(email), kSubject));
  }
};

// M-135, S6: by letter, once; every session ends, and the owner is told.
// S-06.
TEST_F(PasswordReset, ALetterLetsChooseANewPasswordOnce) {
  sign_up("forgetful@example.org");
  const auto session = enter("forgetful@example.org").json;
  const auto token = token_for("Forgetful@example.org");
  EXPECT_EQ(fields_of(reset(token, "short")), Names{"password"});
  EXPECT_EQ(fields_of(reset(token, "forgetful2026")), Names{"password"});
  EXPECT_EQ(reset(token).status, 204);
  EXPECT_EQ(fields_of(reset(token)), Names{"token"});
  EXPECT_EQ(api().get("/api/v1/me", session["access_token"]).status, 401);
  const Json old = {{"refresh_token", session["refresh_token"]}};
  EXPECT_EQ(api().post("/api/v1/auth/refresh", "", old).status, 401);
  EXPECT_EQ(enter("forgetful@example.org").status, 401);
  const auto again = enter("forgetful@example.org", kNewPhrase);
  EXPECT_EQ(again.status, 200);
  EXPECT_FALSE(again.json["user"]["email_verified_at"].is_null());
  letter_to("forgetful@example.org", "was changed");
  EXPECT_EQ(one("SELECT count(*) FROM audit_log WHERE action = 'user.password_reset' AND "
                "object_id = '" +
                again.json["user"]["id"].get<std::string>() + "'"),
            "1");
}

// S7: nobody learns from the answer whether there is an account, nor from its time: the letter is
// written after it.
// S-07.
TEST_F(PasswordReset, TheAnswerDoesNotTellWhetherThereIsAnAccount) {
  sign_up("known@example.org");
  pqxx::connection other(api().config.database_url);
  pqxx::work held(other);
  held.exec("LOCK TABLE account_tokens IN EXCLUSIVE MODE");
  const auto known = forgot("known@example.org");
  EXPECT_EQ(known.status, 202);
  held.abort();
  const auto unknown = forgot("unknown@example.org");
  EXPECT_EQ(unknown.status, 202);
  EXPECT_EQ(known.text, unknown.text);
  letter_to("known@example.org", kSubject);
  EXPECT_TRUE(letters_to("unknown@example.org", kSubject).empty());
}

// S-06.
TEST_F(PasswordReset, OnlyTheHashIsKeptAndTheLinkLeadsHome) {
  sign_up("hashed@example.org");
  EXPECT_EQ(
      forgot("hashed@example.org", {{"Host", "evil.example"}, {"X-Forwarded-Host", "evil.example"}})
          .status,
      202);
  const auto letter = letter_to("hashed@example.org", kSubject);
  EXPECT_NE(letter.find(api().config.public_url + "/reset-password#token=mpr_"), std::string::npos);
  EXPECT_EQ(letter.find("evil"), std::string::npos);
  EXPECT_EQ(one("SELECT count(*) FROM account_tokens WHERE account_tokens::text LIKE '%" +
                token_of(letter) + "%'"),
            "0");
}

// S-06.
TEST_F(PasswordReset, ANewLetterEndsTheOneBeforeAndIsNotAMinuteAfterIt) {
  sign_up("twice@example.org");
  const auto first = token_for("twice@example.org");
  EXPECT_EQ(forgot("twice@example.org").status, 202);
  sign_up("after-it@example.org");
  token_for("after-it@example.org");  // one worker after the other: by now it would be there
  EXPECT_EQ(letters_to("twice@example.org", kSubject).size(), 1U);
  run("UPDATE account_tokens SET created_at = created_at - interval '2 minutes'");
  EXPECT_EQ(forgot("twice@example.org").status, 202);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (letters_to("twice@example.org", kSubject).size() < 2 &&
         std::chrono::steady_clock::now() < end) {
  }
  const auto second = token_of(letter_to("twice@example.org", kSubject));
  EXPECT_EQ(reset(first).status, 400);
  EXPECT_EQ(reset(second).status, 204);
}

// S-06.
TEST_F(PasswordReset, ALetterIsGoodForHalfAnHourAndForItsAddressAlone) {
  const auto user = sign_up("expiring@example.org");
  auto token = token_for("expiring@example.org");
  EXPECT_EQ(one("SELECT count(*) FROM account_tokens WHERE email = 'expiring@example.org' AND "
                "expires_at BETWEEN now() + interval '29 minutes' AND now() + interval '30 "
                "minutes'"),
            "1");
  run("UPDATE account_tokens SET expires_at = now() WHERE email = 'expiring@example.org'");
  EXPECT_EQ(reset(token).status, 400);
  run("UPDATE account_tokens SET expires_at = now() + interval '5 minutes' "
      "WHERE email = 'expiring@example.org'");
  const auto path = "/api/v1/users/" + user["id"].get<std::string>();
  const auto move = [&](const char* address) {
    const auto moved = api().ask(http::Method::patch, path, api().admin(), {{"email", address}});
    EXPECT_EQ(moved.status, 200) << moved.text;
  };
  move("moved@example.org");
  EXPECT_EQ(reset(token).status, 400);
  move("expiring@example.org");
  EXPECT_EQ(reset(token).status, 204);
  EXPECT_EQ(reset("mpr_x").status, 400);
  EXPECT_EQ(fields_of(reset("met_" + token.substr(4))), Names{"token"});
}

TEST_F(PasswordReset, AskingTooOftenHasToWait) {
  Answer answer;
  for (int i = 0; i < 8 && answer.status != 429; ++i) answer = forgot("often@example.org");
  EXPECT_EQ(answer.status, 429);
  EXPECT_NE(answer.header("retry-after"), "");
  EXPECT_EQ(forgot("often@example.org", {{"X-Forwarded-For", "192.0.2.7"}}).status, 202);
  EXPECT_EQ(fields_of(forgot("no address")), Names{"email"});
}

// M-130: when the cost was raised, the hash follows with the next sign-in.
TEST_F(PasswordReset, ASignInHashesAnewWhenTheCostWasRaised) {
  sign_up("cheap@example.org");
  const auto costs = [&] {
    return one("SELECT substr(password_hash, 1, 7) FROM users WHERE email = 'cheap@example.org'");
  };
  EXPECT_EQ(costs(), "$2b$04$");
  api().config.bcrypt_cost = 5;
  const auto dearer = enter("cheap@example.org").status;
  api().config.bcrypt_cost = 4;
  EXPECT_EQ(dearer, 200);
  EXPECT_EQ(costs(), "$2b$05$");
  EXPECT_EQ(enter("cheap@example.org").status, 200);
  EXPECT_EQ(costs(), "$2b$05$");
}

}  // namespace
}  // namespace monitron::api
