#include "auth/oidc_login.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

namespace monitron::auth {
namespace {

using Json = nlohmann::json;

const OidcProvider kProvider{.issuer = "https://id.example",
                             .authorization_endpoint = "https://id.example/auth",
                             .token_endpoint = "https://id.example/token"};
const OidcClient kClient{.id = "mon:itron",
                         .secret = "s/cr&t +%",
                         .redirect_uri = "https://monitron.example/api/v1/auth/oidc/callback"};
const PendingLogin kLogin{.state = "the-state", .nonce = "the-nonce", .verifier = "the-verifier"};

TEST(OidcLogin, TheChallengeIsThatOfRfc7636) {
  EXPECT_EQ(code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(OidcLogin, EachHasItsOwnSecrets) {
  std::set<std::string> made;
  for (int i = 0; i < 50; ++i) {
    const auto login = make_pending_login();
    for (const auto& text : {login.state, login.nonce, login.verifier}) {
      EXPECT_EQ(text.size(), 43u) << "RFC 7636 wants 43 to 128";
      made.insert(text);
    }
  }
  EXPECT_EQ(made.size(), 150u);
}

TEST(OidcLogin, TheBrowserIsSentWithAChallengeAndWithoutSecrets) {
  const std::string query =
      "response_type=code&client_id=mon%3Aitron&redirect_uri=https%3A%2F%2Fmonitron.example%2Fapi"
      "%2Fv1%2Fauth%2Foidc%2Fcallback&scope=openid%20email%20profile&state=the-state&nonce=the-"
      "nonce&code_challenge=" +
      code_challenge("the-verifier") + "&code_challenge_method=S256";
  EXPECT_EQ(authorization_url(kProvider, kClient, kLogin), "https://id.example/auth?" + query);
  auto with_query = kProvider;
  with_query.authorization_endpoint += "?realm=ops";
  EXPECT_EQ(authorization_url(with_query, kClient, kLogin),
            "https://id.example/auth?realm=ops&" + query);
  EXPECT_EQ(query.find("the-verifier"), std::string::npos);
}

TEST(OidcLogin, AnAnswerMustBeToThisLogin) {
  AuthorizationAnswer answer;
  answer.state = "the-state";
  answer.code = "c0de";
  EXPECT_EQ(code_of(answer, kProvider, kLogin), "c0de");
  answer.issuer = "https://id.example";
  EXPECT_EQ(code_of(answer, kProvider, kLogin), "c0de");

  struct Wrong {
    const char* reason;
    AuthorizationAnswer answer;
  };
  const std::vector<Wrong> wrong = {
      {"state: ", {"", "c0de", "", ""}},
      {"state: ", {"the-stat", "c0de", "", ""}},
      {"state: ", {"the-statE", "c0de", "", ""}},
      {"state: ", {"", "", "access_denied", ""}},
      {"iss: ", {"the-state", "c0de", "", "https://evil.example"}},
      {"iss: ", {"the-state", "", "access_denied", "https://evil.example"}},
      {"error: access_denied", {"the-state", "", "access_denied", ""}},
      {"error: access_denied", {"the-state", "c0de", "access_denied", ""}},
      {"error: an unknown error", {"the-state", "", "<script>", ""}},
      {"code: ", {"the-state", "", "", ""}},
      {"code: ", {"the-state", std::string(4097, 'c'), "", ""}}};
  for (const auto& [reason, given] : wrong) {
    const auto code = code_of(given, kProvider, kLogin);
    ASSERT_FALSE(code) << reason;
    EXPECT_EQ(code.error().fault, Fault::denied);
    EXPECT_TRUE(code.error().text.starts_with(reason)) << code.error().text;
  }
  EXPECT_FALSE(code_of({"", "c0de", "", ""}, kProvider, PendingLogin{})) << "nothing is no state";
}

// Otherwise one provider could pass its code off as that of another (RFC 9207).
TEST(OidcLogin, AProviderThatNamesItselfMustDoSo) {
  auto provider = kProvider;
  provider.names_itself_in_answers = true;
  EXPECT_FALSE(code_of({"the-state", "c0de", "", ""}, provider, kLogin));
  EXPECT_TRUE(code_of({"the-state", "c0de", "", "https://id.example"}, provider, kLogin));
}

TEST(OidcLogin, TheCodeIsRedeemedWithTheVerifier) {
  const std::string form =
      "grant_type=authorization_code&code=c%2F0&redirect_uri=https%3A%2F%2Fmonitron.example%2Fapi"
      "%2Fv1%2Fauth%2Foidc%2Fcallback&code_verifier=the-verifier";
  const auto basic = token_request(kProvider, kClient, "c/0", kLogin);
  EXPECT_EQ(basic.url, "https://id.example/token");
  EXPECT_EQ(basic.body, form);
  EXPECT_EQ(basic.authorization, "Basic " + to_base64("mon%3Aitron:s%2Fcr%26t%20%2B%25"));

  auto in_body = kProvider;
  in_body.takes_secret_in_body = true;
  const auto post = token_request(in_body, kClient, "c/0", kLogin);
  EXPECT_EQ(post.body, form + "&client_id=mon%3Aitron&client_secret=s%2Fcr%26t%20%2B%25");
  EXPECT_EQ(post.authorization, "");

  auto public_client = kClient;
  public_client.secret.clear();
  const auto open = token_request(kProvider, public_client, "c/0", kLogin);
  EXPECT_EQ(open.body, form + "&client_id=mon%3Aitron");
  EXPECT_EQ(open.authorization, "");
}

TEST(OidcLogin, TheIdTokenIsInTheAnswer) {
  const Json good = {{"access_token", "a"}, {"token_type", "Bearer"}, {"id_token", "x.y.z"}};
  EXPECT_EQ(parse_token_response(200, good.dump()), "x.y.z");
  auto lower = good;
  lower["token_type"] = "bearer";
  EXPECT_EQ(parse_token_response(200, lower.dump()), "x.y.z");

  struct Wrong {
    int status;
    std::string body;
    Error error;
  };
  const auto without = [&](const char* name, const Json& value) {
    auto body = good;
    body[name] = value;
    return body.dump();
  };
  const std::vector<Wrong> wrong = {
      {400, R"({"error":"invalid_grant"})", {Fault::denied, "the provider refuses: invalid_grant"}},
      {401,
       R"({"error":"invalid_client"})",
       {Fault::denied, "the provider refuses: invalid_client"}},
      {400, R"({"error":"<b>"})", {Fault::denied, "the provider refuses: an unknown error"}},
      {400, "no", {Fault::invalid, "the provider answers 400"}},
      {400, R"({"error":5})", {Fault::invalid, "the provider answers 400"}},
      {302, good.dump(), {Fault::invalid, "the provider answers 302"}},
      {429, "", {Fault::unavailable, "the provider answers 429"}},
      {503, good.dump(), {Fault::unavailable, "the provider answers 503"}},
      {200, "", {Fault::invalid, "token response: is not a JSON object"}},
      {200, without("id_token", nullptr), {Fault::invalid, "token response: id_token: is missing"}},
      {200,
       without("token_type", nullptr),
       {Fault::invalid, "token response: token_type: is missing"}},
      {200,
       without("token_type", "MAC"),
       {Fault::invalid, "token response: token_type: must be Bearer"}},
      {200,
       good.dump().insert(1, R"("id_token":"a.b.c",)"),
       {Fault::invalid, "token response: id_token: appears twice"}}};
  for (const auto& [status, body, error] : wrong) {
    const auto token = parse_token_response(status, body);
    ASSERT_FALSE(token) << body;
    EXPECT_EQ(token.error(), error) << token.error().text;
  }
  EXPECT_FALSE(parse_token_response(200, without("id_token", std::string(40'000, 'x'))));
  EXPECT_FALSE(parse_token_response(200, without("x", std::string(1 << 20, 'x'))));
}

}  // namespace
}  // namespace monitron::auth
