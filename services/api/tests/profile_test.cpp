#include "account_test.hpp"
#include "api/secrets.hpp"
#include "auth/totp.hpp"
#include "base/bytes.hpp"
#include "testkit/eventually.hpp"

#include <future>

namespace monitron::api {
namespace {

using http::Method;

class Profile : public AccountTest {
 protected:
  std::string token_for(const std::string& email, const HeaderList& headers = {}) {
    const auto answer = api().ask(Method::post, "/api/v1/auth/login", "",
                                  {{"email", email}, {"password", kPhrase}}, headers);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.json.value("access_token", "");
  }
  Answer change_me(const std::string& token, const Json& body) {
    return api().ask(Method::patch, "/api/v1/me", token, body);
  }
};

// M-133: the name by itself; the address only with the password, and both addresses are told.
TEST_F(Profile, IsChangedByItsOwner) {
  sign_up("profile@example.org");
  sign_up("neighbour@example.org");
  const auto token = token_for("profile@example.org");
  EXPECT_EQ(change_me(token, {{"name", "Grace"}}).json["name"], "Grace");
  EXPECT_EQ(change_me(token, {{"email", "new@example.org"}}).status, 400);
  const auto move = [&](const char* email, const char* password) {
    return change_me(token, {{"email", email}, {"password", password}});
  };
  EXPECT_EQ(fields_of(move("new@example.org", "not that one at all")), Names{"password"});
  EXPECT_EQ(fields_of(move("neighbour@example.org", kPhrase)), Names{"email"});
  const auto moved = move("new@example.org", kPhrase);
  ASSERT_EQ(moved.status, 200) << moved.text;
  EXPECT_EQ(moved.json["email"], "new@example.org");
  letter_to("profile@example.org", "address of your account was changed");
  letter_to("new@example.org", "Is this your address");
  EXPECT_EQ(change_me(token, {{"role", "admin"}}).json["role"], "viewer");
  EXPECT_EQ(change_me(token, {{"token_version", 1}}).status, 400);
  EXPECT_EQ(change_me(api().api_token({"write"}), {{"name", "x"}}).status, 403);
}

// Each new address gets a letter, whosever it is: nobody sends many of them.
TEST_F(Profile, NewAddressesAreSlowedDown) {
  sign_up("mover@example.org");
  const auto token = token_for("mover@example.org");
  Answer answer;
  int moves = 0;
  for (; moves < 20 && answer.status != 429; ++moves) {
    answer = api().ask(
        Method::patch, "/api/v1/me", token,
        {{"email", "mover" + std::to_string(moves) + "@example.org"}, {"password", kPhrase}},
        from_elsewhere());
  }
  EXPECT_LE(moves, 7);
  EXPECT_GE(std::stoi("0" + answer.header("retry-after")), 1);
  EXPECT_EQ(change_me(token, {{"name", "Grace"}}).status, 200);
}

// S7: nor is it asked address by address who has an account.
TEST_F(Profile, AddressesThatAreTakenAreSlowedDown) {
  sign_up("asker@example.org");
  sign_up("asked@example.org");
  const auto token = token_for("asker@example.org");
  Answer answer;
  int asked = 0;
  for (; asked < 20 && answer.status != 429; ++asked) {
    answer = api().ask(Method::patch, "/api/v1/me", token,
                       {{"email", "asked@example.org"}, {"password", kPhrase}}, from_elsewhere());
  }
  EXPECT_LE(asked, 7);
  EXPECT_EQ(answer.status, 429) << answer.text;
}

// S5: where one is signed in is seen and ended, at once here and within 10 s elsewhere.
TEST_F(Profile, SessionsAreListedAndEnded) {
  sign_up("sessions@example.org");
  sign_up("stranger@example.org");
  const auto mine = token_for("sessions@example.org", {{"User-Agent", "Here/1.0"}});
  const auto other = token_for("sessions@example.org",
                               {{"User-Agent", "There/2.0"}, {"X-Forwarded-For", "192.0.2.9"}});
  const auto third = token_for("sessions@example.org");
  const auto foreign = token_for("stranger@example.org");
  const auto list = api().get("/api/v1/me/sessions", mine).json["items"];
  ASSERT_EQ(list.size(), 3U) << list;
  const auto by_agent = [&](const std::string& agent) {
    for (const auto& one : list) {
      if (one["user_agent"] == agent) return one;
    }
    ADD_FAILURE() << agent << " is not in " << list;
    return Json();
  };
  EXPECT_EQ(by_agent("Here/1.0")["current"], true);
  const auto there = by_agent("There/2.0");
  EXPECT_EQ(there["current"], false);
  EXPECT_EQ(there["address"], "192.0.2.9");
  const auto path = "/api/v1/me/sessions/" + there["id"].get<std::string>();
  EXPECT_EQ(api().ask(Method::delete_, path, foreign).status, 404);
  EXPECT_EQ(api().get("/api/v1/me", other).status, 200);
  EXPECT_EQ(api().ask(Method::delete_, path, mine).status, 204);
  EXPECT_EQ(api().get("/api/v1/me", other).status, 401);
  EXPECT_EQ(api().ask(Method::delete_, path, mine).status, 404);
  EXPECT_EQ(api().ask(Method::delete_, "/api/v1/me/sessions", mine).status, 204);
  EXPECT_EQ(api().get("/api/v1/me", third).status, 401);
  EXPECT_EQ(api().get("/api/v1/me", foreign).status, 200);
  EXPECT_EQ(api().get("/api/v1/me/sessions", mine).json["items"].size(), 1U);
}

TEST_F(Profile, ASessionKeepsItsBeginningThroughRefreshes) {
  sign_up("long@example.org");
  auto session = enter("long@example.org").json;
  run("UPDATE refresh_tokens SET started_at = '2026-01-01T00:00:00Z' WHERE user_id = "
      "(SELECT id FROM users WHERE email = 'long@example.org')");
  session =
      api().post("/api/v1/auth/refresh", "", {{"refresh_token", session["refresh_token"]}}).json;
  const auto list = api().get("/api/v1/me/sessions", session["access_token"]).json["items"];
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["created_at"].get<std::string>().substr(0, 10), "2026-01-01");
  EXPECT_EQ(list[0]["current"], true);
}

class SecondFactor : public Profile {
 protected:
  // Turns it on; the secret.
  std::string enrol(const std::string& token) {
    const auto made = api().post("/api/v1/me/totp", token, {{"password", kPhrase}});
    EXPECT_EQ(made.status, 201) << made.text;
    const auto base32 = made.json.value("secret", "");
    EXPECT_NE(made.json.value("uri", "").find("otpauth://totp/Monitron:"), std::string::npos);
    return secret_of(base32);
  }
  static std::string secret_of(const std::string& base32) {
    std::string bytes;
    unsigned bits = 0, value = 0;
    for (const char c : base32) {
      value = value << 5U | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
      bits += 5;
      if (bits < 8) continue;
      bits -= 8;
      bytes += static_cast<char>(value >> bits & 255U);
    }
    return bytes;
  }
  static std::string code(const std::string& secret, int step) {
    return auth::totp_code(secret, auth::totp_step(system_clock().now()) + step);
  }
  Answer confirm(const std::string& token, const std::string& code) {
    return api().post("/api/v1/me/totp/confirm", token, {{"code", code}});
  }
  Answer prove(const std::string& challenge, const std::string& code) {
    return api().post("/api/v1/auth/login/verify", "",
                      {{"challenge_token", challenge}, {"code", code}});
  }
  std::string challenge_for(const std::string& email) {
    const auto answer = enter(email);
    EXPECT_EQ(answer.status, 202) << answer.text;
    EXPECT_FALSE(answer.json.contains("access_token"));
    return answer.json.value("challenge_token", "");
  }
};

// The password alone opens nothing any more; a code is good once, a recovery code, too.
TEST_F(SecondFactor, IsAskedForOnceItIsConfirmed) {
  sign_up("factor@example.org");
  const auto token = token_for("factor@example.org");
  EXPECT_EQ(fields_of(api().post("/api/v1/me/totp", token, {{"password", "not that one"}})),
            Names{"password"});
  const auto secret = enrol(token);
  EXPECT_EQ(enter("factor@example.org").status, 200);  // not confirmed yet
  EXPECT_EQ(fields_of(confirm(token, "000000x")), Names{"code"});
  const auto confirmed = confirm(token, code(secret, -1));
  ASSERT_EQ(confirmed.status, 200) << confirmed.text;
  const auto recovery = confirmed.json["recovery_codes"];
  EXPECT_EQ(recovery.size(), 10U);
  EXPECT_EQ(confirm(token, code(secret, 0)).status, 409);
  EXPECT_EQ(api().post("/api/v1/me/totp", token, {{"password", kPhrase}}).status, 409);
  letter_to("factor@example.org", "was turned on");
  EXPECT_EQ(one("SELECT count(*) FROM totp WHERE secret LIKE '%" + to_base32(secret) + "%'"), "0");

  auto challenge = challenge_for("factor@example.org");
  EXPECT_EQ(api().get("/api/v1/me", challenge).status, 401);
  EXPECT_EQ(prove(challenge, code(secret, -1)).status, 401);  // used to confirm
  EXPECT_EQ(prove(challenge, code(secret, 0)).status, 200);
  EXPECT_EQ(prove(challenge, code(secret, 1)).status, 401);  // the challenge is over
  challenge = challenge_for("factor@example.org");
  EXPECT_EQ(prove(challenge, code(secret, 0)).status, 401);  // replayed
  EXPECT_EQ(prove(challenge, recovery[0]).status, 200);
  challenge = challenge_for("factor@example.org");
  EXPECT_EQ(prove(challenge, recovery[0]).status, 401);
  EXPECT_EQ(api().get("/api/v1/me/totp", token).json["recovery_codes_left"], 9);

  // Who has only the password gets rid of it no more than in.
  const auto disable = [&](const Json& body) {
    return api().post("/api/v1/me/totp/disable", token, body);
  };
  EXPECT_EQ(fields_of(disable({{"password", "not that"}, {"code", recovery[2]}})),
            Names{"password"});
  EXPECT_EQ(fields_of(disable({{"password", kPhrase}})), Names{"code"});
  EXPECT_EQ(fields_of(disable({{"password", kPhrase}, {"code", recovery[0]}})), Names{"code"});
  EXPECT_EQ(enter("factor@example.org").status, 202);
  EXPECT_EQ(disable({{"password", kPhrase}, {"code", recovery[2]}}).status, 204);
  EXPECT_EQ(enter("factor@example.org").status, 200);
  EXPECT_EQ(prove(challenge, recovery[1]).status, 401);
  letter_to("factor@example.org", "was turned off");
}

// S-27.
TEST_F(SecondFactor, OfTwoAtOnceWithTheSameCodeOneIsLetIn) {
  sign_up("racer@example.org");
  const auto token = token_for("racer@example.org");
  const auto secret = enrol(token);
  EXPECT_EQ(confirm(token, code(secret, -1)).status, 200);
  std::vector<std::string> challenges;
  for (int i = 0; i < 4; ++i) challenges.push_back(challenge_for("racer@example.org"));
  const auto same = code(secret, 0);
  std::vector<std::future<int>> tries;
  tries.reserve(challenges.size());
  for (const auto& challenge : challenges) {
    tries.push_back(
        std::async(std::launch::async, [&, challenge] { return prove(challenge, same).status; }));
  }
  int won = 0;
  for (auto& one : tries) won += one.get() == 200 ? 1 : 0;
  EXPECT_EQ(won, 1);
}

// A secret that takes the place of another while that one is confirmed was never proved.
TEST_F(SecondFactor, ASecretIsConfirmedByItsOwnCodeAlone) {
  const auto user = sign_up("swapped@example.org")["id"].get<std::string>();
  const auto token = token_for("swapped@example.org");
  const auto secret = enrol(token);
  const auto other = api().vault.seal(auth::make_totp_secret(), "totp:" + user);
  ASSERT_TRUE(other);
  std::future<int> confirming;
  change([&](pqxx::work& tx) {
    tx.exec_params0("UPDATE totp SET secret = $1 WHERE id = $2", *other, user);
    confirming =
        std::async(std::launch::async, [&] { return confirm(token, code(secret, 0)).status; });
    EXPECT_TRUE(testkit::eventually(std::chrono::seconds(30), [&] {
      return one("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                 "wait_event_type = 'Lock'") == "1";
    }));
  });
  EXPECT_EQ(confirming.get(), 400);
  EXPECT_EQ(enter("swapped@example.org").status, 200);
}

TEST_F(SecondFactor, ATryThatHasToWaitCostsNoAttempt) {
  sign_up("waiting@example.org");
  const auto token = token_for("waiting@example.org");
  const auto secret = enrol(token);
  EXPECT_EQ(confirm(token, code(secret, -1)).status, 200);
  const auto before = challenge_for("waiting@example.org");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(prove(before, "ABCDEF").status, 401);
  const auto challenge = challenge_for("waiting@example.org");
  for (int i = 0; i < 6; ++i) EXPECT_EQ(prove(challenge, code(secret, 0)).status, 429);
  const auto user = api().get("/api/v1/me", token).json["id"].get<std::string>();
  api().throttles.codes.succeeded(user, "127.0.0.1");
  EXPECT_EQ(prove(challenge, code(secret, 0)).status, 200);
}

TEST_F(SecondFactor, GuessingIsEndedAndSlowedDown) {
  sign_up("guessed@example.org");
  const auto token = token_for("guessed@example.org");
  const auto secret = enrol(token);
  EXPECT_EQ(confirm(token, code(secret, -1)).status, 200);
  const auto challenge = challenge_for("guessed@example.org");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(prove(challenge, "ABCDEF").status, 401);
  EXPECT_EQ(prove(challenge, code(secret, 0)).status, 401);  // five tries are over
  EXPECT_EQ(prove(challenge_for("guessed@example.org"), code(secret, 0)).status, 429);
  const auto late = challenge_for("guessed@example.org");
  run("UPDATE login_challenges SET expires_at = now()");
  EXPECT_EQ(prove(late, code(secret, 0)).status, 401);
}

TEST_F(SecondFactor, ANewPasswordEndsChallengesAndAdminsHelpWhoHasLostAll) {
  const auto user = sign_up("lost@example.org");
  const auto token = token_for("lost@example.org");
  const auto secret = enrol(token);
  EXPECT_EQ(confirm(token, code(secret, -1)).status, 200);
  const auto challenge = challenge_for("lost@example.org");
  const auto path = "/api/v1/users/" + user["id"].get<std::string>();
  EXPECT_EQ(
      api().ask(Method::patch, path, api().admin(), {{"password", "another long phrase"}}).status,
      200);
  EXPECT_EQ(prove(challenge, code(secret, 0)).status, 401);
  EXPECT_EQ(enter("lost@example.org", "another long phrase").status, 202);
  EXPECT_EQ(api().ask(Method::delete_, path + "/totp", api().viewer()).status, 403);
  EXPECT_EQ(api().ask(Method::delete_, path + "/totp", api().admin()).status, 204);
  EXPECT_EQ(api().ask(Method::delete_, path + "/totp", api().admin()).status, 404);
  EXPECT_EQ(enter("lost@example.org", "another long phrase").status, 200);
}

// S16: the secret goes along when the key is changed.
TEST_F(SecondFactor, IsSealedAnewWithANewKey) {
  const auto user = sign_up("rotated@example.org");
  const auto token = token_for("rotated@example.org");
  const auto secret = enrol(token);
  EXPECT_EQ(confirm(token, code(secret, -1)).status, 200);
  const std::string old_key = api().config.encryption_keys.front();
  const std::string new_key(32, 'n');
  const auto opens = [&](const std::string& key) {
    const auto id = user["id"].get<std::string>();
    return auth::Vault(key)
        .open(one("SELECT secret FROM totp WHERE id = '" + id + "'"), "totp:" + id)
        .has_value();
  };
  const auto done =
      rotate_secrets(*api().database, auth::Vault(std::vector{new_key, old_key}), false);
  const bool turned = opens(new_key) && !opens(old_key);
  const auto back =
      rotate_secrets(*api().database, auth::Vault(std::vector{old_key, new_key}), false);
  EXPECT_TRUE(done && back && turned);
  EXPECT_EQ(prove(challenge_for("rotated@example.org"), code(secret, 0)).status, 200);
}

}  // namespace
}  // namespace monitron::api
