#include "auth/jwt.hpp"
#include "auth/roles.hpp"
#include "auth/token.hpp"
#include "base/bytes.hpp"
#include "base/ids.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace monitron::auth {
namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef";
using Json = nlohmann::json;

TEST(Token, IsRandomAndStoredAsHash) {
  const auto one = make_token(TokenKind::api);
  EXPECT_EQ(one.text.size(), 47u);
  EXPECT_TRUE(one.text.starts_with("mtk_"));
  EXPECT_EQ(token_hash(TokenKind::api, one.text).value(), one.hash);
  EXPECT_NE(one.text, make_token(TokenKind::api).text);
  EXPECT_FALSE(token_hash(TokenKind::enrolment, one.text));
  EXPECT_FALSE(token_hash(TokenKind::api, one.text + "x"));
  EXPECT_EQ(bearer_of("Bearer abc"), "abc");
  EXPECT_EQ(bearer_of("bearer  abc "), "abc");
  EXPECT_EQ(bearer_of("Basic abc"), "");
  EXPECT_EQ(basic_password_of("Basic bmFtZTptdGtfYTpifn4+"), "mtk_a:b~~>");
  EXPECT_EQ(basic_password_of("basic OnB3"), "pw");
  EXPECT_EQ(basic_password_of("Basic bmFtZQ=="), "");
  EXPECT_EQ(basic_password_of("Basic !"), "");
  EXPECT_EQ(basic_password_of("Bearer OnB3"), "");
}

TEST(Token, OneOfAKindIsNeverTakenForAnother) {
  const std::array kinds = {
      TokenKind::api,       TokenKind::enrolment,      TokenKind::refresh,
      TokenKind::ticket,    TokenKind::password_reset, TokenKind::email_verification,
      TokenKind::invitation};
  for (const auto kind : kinds) {
    const auto token = make_token(kind);
    for (const auto other : kinds) {
      const auto hash = token_hash(other, token.text);
      EXPECT_EQ(hash.has_value(), other == kind) << token.prefix;
      if (other == kind) continue;
      EXPECT_EQ(hash.error().fault, Fault::denied);
      // Nor with the tag of the other kind in front.
      const auto disguised = make_token(other).text.substr(0, 4) + token.text.substr(4);
      EXPECT_NE(token_hash(other, disguised).value(), token.hash);
    }
  }
}

// M-025.
TEST(Roles, EachDoesWhatItIsFor) {
  const auto viewer = permissions_of_role("viewer");
  const auto runs = permissions_of_role("operator");
  EXPECT_EQ(permissions_of_role("admin").size(), all_permissions().size());
  EXPECT_TRUE(permissions_of_role("root").empty());
  for (const auto& one : viewer) {
    EXPECT_TRUE(one == "session" || one == "graphql:query" ||
                one.find(":read") != std::string::npos)
        << one;
  }
  for (const auto* account : {"audit", "enrolment", "tokens", "users"}) {
    EXPECT_EQ(viewer.count(std::string(account) + ":read"), 0u) << account;
  }
  EXPECT_EQ(common(viewer, runs), viewer);
  Permissions more;
  std::set_difference(runs.begin(), runs.end(), viewer.begin(), viewer.end(),
                      std::inserter(more, more.end()));
  EXPECT_EQ(more, (Permissions{"bulk:write", "checks:run", "dashboards:write", "drills:run",
                               "incidents:acknowledge", "incidents:assign", "incidents:note",
                               "maintenance:write", "silences:write", "status-pages:write"}));
}

TEST(Roles, ATokenMayWhatItsScopesSayAndHasNoAccount) {
  const auto reads = permissions_of_scopes({"read"});
  EXPECT_EQ(reads.count("checks:read"), 1u);
  EXPECT_EQ(permissions_of_scopes({"ingest"}),
            (Permissions{"instances:register", "telemetry:send"}));
  EXPECT_EQ(common(reads, permissions_of_scopes({"write"})), reads);
  EXPECT_EQ(permissions_of_scopes({"checks:run"}), (Permissions{"checks:run"}));
  EXPECT_EQ(permissions_of_scopes({"retention:write"}), (Permissions{"retention:write"}));
  EXPECT_EQ(permissions_of_scopes({"write"}).count("retention:write"), 0u);
  for (const auto* none : {"admin", "session", "users:read", "tokens:write", "checks", ""}) {
    EXPECT_FALSE(is_scope(none)) << none;
    EXPECT_TRUE(permissions_of_scopes({none}).empty()) << none;
  }
}

std::string forge(const Json& header, const Json& payload, const std::string& key = kSecret) {
  const auto signed_part = to_base64url(header.dump()) + "." + to_base64url(payload.dump());
  return signed_part + "." + to_base64url(hmac_sha256(key, signed_part));
}

Json good_payload() {
  const auto now = to_ms(system_clock().now()) / 1000;
  return {{"iss", "monitron"},
          {"aud", "monitron-api"},
          {"sub", Uuid::make().str()},
          {"sid", "s"},
          {"role", "admin"},
          {"ver", 1},
          {"iat", now},
          {"nbf", now},
          {"exp", now + 600},
          {"jti", "j"}};
}

const Json kHeader = {{"alg", "HS256"}, {"typ", "JWT"}};

TEST(JwtToken, RoundTrip) {
  const Jwt jwt(kSecret);
  Claims claims;
  claims.subject = Uuid::make().str();
  claims.session = "family";
  claims.role = "viewer";
  claims.version = 7;
  const auto token = jwt.sign(Use::access, claims, std::chrono::hours(1));
  const auto read = jwt.verify(Use::access, token);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->subject, claims.subject);
  EXPECT_EQ(read->version, 7);
  EXPECT_LE(read->expires, system_clock().now() + kAccessLifetime);
  EXPECT_FALSE(jwt.verify(Use::ticket, token));
  EXPECT_FALSE(Jwt(std::string(32, 'x')).verify(Use::access, token));
  EXPECT_TRUE(jwt.verify(Use::access, forge(kHeader, good_payload())));
}

// M-026 and the table of findings: none of these may be let in.
// S-05.
TEST(JwtToken, RefusesForeignHeaders) {
  const Jwt jwt(kSecret);
  for (const auto* alg :
       {"none", "None", "nOnE", "NONE", "", "HS384", "HS512", "RS256", "ES256", "hs256"}) {
    Json header = kHeader;
    header["alg"] = alg;
    EXPECT_FALSE(jwt.verify(Use::access, forge(header, good_payload()))) << alg;
    const auto unsigned_token =
        to_base64url(header.dump()) + "." + to_base64url(good_payload().dump()) + ".";
    EXPECT_FALSE(jwt.verify(Use::access, unsigned_token)) << alg;
  }
  for (const auto* extra : {"kid", "jku", "x5u", "jwk", "crit"}) {
    Json header = kHeader;
    header[extra] = "../../../dev/null' OR 1=1 --";
    EXPECT_FALSE(jwt.verify(Use::access, forge(header, good_payload()))) << extra;
  }
  for (const Json& header : {Json::object(), Json::array(), Json("HS256"), Json{{"alg", 1}}}) {
    EXPECT_FALSE(jwt.verify(Use::access, forge(header, good_payload()))) << header;
  }
}

// S-05.
TEST(JwtToken, RefusesWrongTimes) {
  const Jwt jwt(kSecret);
  const auto now = to_ms(system_clock().now()) / 1000;
  const std::vector<Json> ends = {now - 61,
                                  -1,
                                  0,
                                  "9999999999",
                                  double(now) + 100.5,
                                  nullptr,
                                  true,
                                  now + 601 + 60,
                                  9223372036854775807LL,
                                  18446744073709551615ULL,
                                  Json::array()};
  for (const auto& value : ends) {
    auto payload = good_payload();
    payload["exp"] = value;
    EXPECT_FALSE(jwt.verify(Use::access, forge(kHeader, payload))) << value;
  }
  for (const auto* name : {"exp", "nbf", "iat"}) {
    auto payload = good_payload();
    payload.erase(name);
    EXPECT_FALSE(jwt.verify(Use::access, forge(kHeader, payload))) << name;
    payload = good_payload();
    payload[name] = "1";
    EXPECT_FALSE(jwt.verify(Use::access, forge(kHeader, payload))) << name;
  }
  auto early = good_payload();
  early["nbf"] = now + 300;
  EXPECT_FALSE(jwt.verify(Use::access, forge(kHeader, early)));
}

// S-05.
TEST(JwtToken, RefusesOtherClaimsAndForms) {
  const Jwt jwt(kSecret);
  for (const auto* name : {"iss", "aud", "sub", "role", "jti", "ver"}) {
    auto payload = good_payload();
    payload.erase(name);
    EXPECT_FALSE(jwt.verify(Use::access, forge(kHeader, payload))) << name;
    payload[name] = Json::array({"monitron"});
    EXPECT_FALSE(jwt.verify(Use::access, forge(kHeader, payload))) << name;
  }
  const auto token = forge(kHeader, good_payload());
  auto changed = good_payload();
  changed["role"] = "owner";
  const auto other = to_base64url(changed.dump());
  const auto first = token.find('.');
  const auto second = token.rfind('.');
  const std::vector<std::string> forms = {
      "",
      ".",
      "..",
      "a.b.c",
      token + ".",
      token + ".x",
      "." + token,
      token.substr(0, second),
      token.substr(0, second + 1),
      token + "=",
      token.substr(0, first + 1) + other + token.substr(second),
      token.substr(0, token.size() - 2),
      std::string(1 << 20, 'a'),
      " " + token,
      token + "\n",
      to_base64url(kHeader.dump()) + "." + to_base64url("{\"sub\":") + "." + "AAAA"};
  for (const auto& form : forms) EXPECT_FALSE(jwt.verify(Use::access, form)) << form.substr(0, 80);
}

// S-05: even of a token of ours no two readers read different things.
TEST(JwtToken, RefusesAMemberTwice) {
  const Jwt jwt(kSecret);
  const auto text = good_payload().dump();
  const auto sign = [](const std::string& payload) {
    const auto signed_part = to_base64url(kHeader.dump()) + "." + to_base64url(payload);
    return signed_part + "." + to_base64url(hmac_sha256(kSecret, signed_part));
  };
  EXPECT_TRUE(jwt.verify(Use::access, sign(text)));
  for (const auto* again : {R"("role":"viewer")", R"("exp":1)", R"("sub":"x")"}) {
    const auto both = std::string("{") + again + "," + text.substr(1);
    EXPECT_FALSE(jwt.verify(Use::access, sign(both))) << again;
  }
}

}  // namespace
}  // namespace monitron::auth
