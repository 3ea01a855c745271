// Tokens that must not be taken, each with the member that is wrong.

#include "auth/tests/provider.hpp"

#include <gtest/gtest.h>

namespace monitron::auth {
namespace {

struct BadToken {
  std::string what;
  std::string token;
  std::string reason;  // how it begins
  Fault fault = Fault::denied;
};
using BadTokens = std::vector<BadToken>;

std::string ec_token(const Json& claims, const Json& header = ec_header()) {
  return ec_signer().sign(header.dump(), claims.dump());
}

std::string hmac_token(const Json& header, const std::string& key) {
  const auto is_signed = to_base64url(header.dump()) + "." + to_base64url(good_claims().dump());
  return is_signed + "." + to_base64url(hmac_sha256(key, is_signed));
}

std::string unsigned_token(const Json& header) {
  return to_base64url(header.dump()) + "." + to_base64url(good_claims().dump()) + ".";
}

// A member of the payload that is signed, but wrong.
void add_claims(BadTokens& bad) {
  const Json missing = Json::value_t::discarded;
  const std::vector<std::pair<const char*, std::vector<Json>>> wrong = {
      {"iss",
       {missing, nullptr, "", "https://id.example/", "https://ID.example",
        "https://id.example.evil", "http://id.example", Json::array({"https://id.example"}), 1}},
      {"aud",
       {missing, nullptr, "", "monitro", "monitron2", "MONITRON", Json::array(),
        Json::array({"another"}), Json::array({"monitron", 1}), Json::object({{"monitron", true}}),
        7, Json(std::vector<std::string>(17, "monitron"))}},
      {"azp", {"another", 1, Json::array({"monitron"}), ""}},
      {"exp",
       {missing, nullptr, kNow - 60, kNow - 100'000, 0, -1, -9223372036854775807LL - 1,
        9223372036854775807LL, 9223372036854775808ULL, 18446744073709551615ULL, kNow + 300.5,
        1.8e10, "9999999999", true, Json::array({kNow + 300}), Json::object()}},
      {"iat", {missing, nullptr, kNow + 61, "1", kNow - 0.5, -1, true, 18446744073709551615ULL}},
      {"nbf", {kNow + 61, "1", kNow - 0.5, -1, false, 9223372036854775808ULL}},
      {"nonce",
       {missing, nullptr, "", "n-0S6_WzA2M", "n-0S6_WzA2MjX", "N-0S6_WzA2Mj", "another",
        Json::array({"n-0S6_WzA2Mj"}), 1}},
      {"sub",
       {missing, nullptr, "", 24400320, true, std::string(256, 'x'), std::string("a\0b", 3), "a\nb",
        Json::array({"24400320"})}},
      {"email",
       {"", 1, Json::array({"ann@example.org"}), "a@b.c\r\nBcc: x@y.z", std::string(255, 'x')}},
      {"email_verified", {1, 0, "yes", "TRUE", "", Json::array({true})}},
      {"name", {"", 1, "Ann\x1b[2J", std::string(1025, 'x'), Json::object()}},
      {"groups",
       {1, Json::object({{"ops", true}}), Json::array({"ops", 1}), Json::array({""}),
        Json::array({"a\nb"}), Json(std::vector<std::string>(1001, "x")), ""}}};
  for (const auto& [name, values] : wrong) {
    for (const auto& value : values) {
      auto claims = good_claims();
      claims[name] = value;
      if (value.is_discarded()) claims.erase(name);
      const auto what = std::string(name) + " = " + (value.is_discarded() ? "" : value.dump());
      bad.push_back({what.substr(0, 80), rsa_token(claims), std::string(name) + ": "});
    }
  }
}

void add_claims_together(BadTokens& bad) {
  auto two_audiences = good_claims();
  two_audiences["aud"] = {"monitron", "another"};
  bad.push_back({"azp is missing", rsa_token(two_audiences), "azp: "});
  two_audiences["azp"] = "another";
  bad.push_back({"azp is another", rsa_token(two_audiences), "azp: "});
  auto overflow = good_claims();
  overflow.erase("groups");
  overflow["_claim_names"] = {{"groups", "src1"}};
  bad.push_back({"groups are elsewhere", rsa_token(overflow), "groups: "});
}

// Payloads that two readers may understand in two ways, or not at all.
void add_payload_texts(BadTokens& bad) {
  const auto good = good_claims().dump();
  const auto open = good.substr(0, good.size() - 1);
  std::string deep = open + R"(,"x":)";
  for (int i = 0; i < 1000; ++i) deep += "[";
  const std::vector<std::pair<std::string, std::string>> payloads = {
      {open + R"(,"sub":"1"})", "payload: sub: appears twice"},
      {open + R"(,"sub":"24400320"})", "payload: sub: appears twice"},
      {open + R"(,"\u0065xp":9999999999})", "payload: exp: appears twice"},
      {R"({"aud":"another",)" + good.substr(1), "payload: aud: appears twice"},
      {open + R"(,"x":{"y":1,"z":{},"y":1}})", "payload: y: appears twice"},
      {open + R"(,"x":[{"y\n":1,"y\n":1}]})", "payload: a member: appears twice"},
      {open + R"(,"exp2":1e999})", "payload: "},
      {open + R"(,"x":NaN})", "payload: "},
      {open + ",}", "payload: "},
      {good + "{}", "payload: "},
      {good + std::string(1, '\0'), "payload: "},
      {open + ",\"x\":\"\xff\"}", "payload: "},
      {open, "payload: "},
      {deep + "}", "payload: "},
      {deep + std::string(1000, ']') + "}", "payload: is nested too deeply"},
      {"", "payload: "},
      {"null", "payload: "},
      {"[" + good + "]", "payload: "},
      {"\"" + to_base64url(good) + "\"", "payload: "},
      {"// a comment\n" + good, "payload: "}};
  for (const auto& [payload, reason] : payloads) {
    bad.push_back(
        {"payload " + payload.substr(payload.size() - std::min<std::size_t>(60, payload.size())),
         rsa_signer().sign(rsa_header().dump(), payload), reason});
  }
}

void add_algorithms(BadTokens& bad) {
  for (const auto* name : {"none", "None", "nOnE", "NONE", "", " none"}) {
    auto header = rsa_header();
    header["alg"] = name;
    bad.push_back({"unsigned, alg " + std::string(name), unsigned_token(header), "alg: "});
    bad.push_back({"signed, alg " + std::string(name), rsa_token(good_claims(), header), "alg: "});
  }
  // The public key as the secret of an HMAC, in the forms in which it is to be had.
  for (const auto* name : {"HS256", "HS384", "HS512", "hs256"}) {
    auto header = rsa_header();
    header["alg"] = name;
    const auto n = from_base64url(rsa_signer().jwk("x")["n"].get<std::string>()).value();
    for (const auto& key :
         {rsa_signer().public_pem(), n, rsa_signer().jwk("rsa-1").dump(), std::string()}) {
      bad.push_back({name, hmac_token(header, key), "alg: "});
    }
  }
  for (const Json& name :
       {Json("RS384"), Json("RS512"), Json("PS256"), Json("ES384"), Json("ES256K"), Json("EdDSA"),
        Json("rs256"), Json("RS256 "), Json(std::string("RS256\0", 6)), Json(nullptr), Json(256),
        Json(Json::array({"RS256"}))}) {
    auto header = rsa_header();
    header["alg"] = name;
    bad.push_back({"alg " + name.dump(), rsa_token(good_claims(), header), "alg: "});
  }
  auto header = rsa_header();
  header.erase("alg");
  bad.push_back({"no alg", rsa_token(good_claims(), header), "alg: "});
  bad.push_back({"ES256 with an RSA key",
                 rsa_token(good_claims(), {{"alg", "ES256"}, {"kid", "rsa-1"}}), "alg: "});
  bad.push_back({"RS256 with an EC key",
                 ec_token(good_claims(), {{"alg", "RS256"}, {"kid", "ec-1"}}), "alg: "});
}

void add_headers(BadTokens& bad) {
  for (const auto* kid :
       {"rsa-2", "RSA-1", "rsa-1 ", "../../../../dev/null", "' OR 1=1 --", "rsa-1' UNION SELECT 'x",
        "https://evil.example/key", "keys[0]", "*", "0"}) {
    auto header = rsa_header();
    header["kid"] = kid;
    bad.push_back(
        {"kid " + std::string(kid), rsa_token(good_claims(), header), "kid: ", Fault::not_found});
  }
  for (const Json& kid : {Json(""), Json(1), Json::array({"rsa-1"}), Json(std::string(257, 'k')),
                          Json("rsa-1\n"), Json(std::string("rsa-1\0x", 7)), Json::object()}) {
    auto header = rsa_header();
    header["kid"] = kid;
    bad.push_back({"kid " + kid.dump(), rsa_token(good_claims(), header), "kid: "});
  }
  for (const auto* type : {"at+jwt", "logout+jwt", "application/jwt", "JWE", "JWT "}) {
    auto header = rsa_header();
    header["typ"] = type;
    bad.push_back({type, rsa_token(good_claims(), header), "typ: "});
  }
  for (const Json& crit : {Json::array({"b64"}), Json::array(), Json(nullptr), Json("exp")}) {
    auto header = rsa_header();
    header["crit"] = crit;
    bad.push_back({"crit", rsa_token(good_claims(), header), "crit: "});
  }
  for (const std::string header :
       {R"({"alg":"none","alg":"RS256","kid":"rsa-1"})",
        R"({"alg":"RS256","kid":"x","kid":"rsa-1"})", "[]", "\"RS256\"", "", "{",
        R"({"alg":"RS256"}})", "{\"alg\":\"RS256\",\"\xc0\":1}"}) {
    bad.push_back(
        {"header " + header, rsa_signer().sign(header, good_claims().dump()), "header: "});
  }
}

// Somebody else's keys and signatures.
void add_signatures(BadTokens& bad) {
  const auto other = TokenSigner::rsa();
  bad.push_back(
      {"of another key", other.sign(rsa_header().dump(), good_claims().dump()), "signature: "});
  for (const auto* name : {"jwk", "jku", "x5u", "x5c"}) {
    auto header = rsa_header();
    header[name] = other.jwk("rsa-1");
    bad.push_back({"brings its key as " + std::string(name),
                   other.sign(header.dump(), good_claims().dump()), "signature: "});
  }
  const auto good = rsa_token(good_claims());
  const auto dot = good.rfind('.');
  const auto head = good.substr(0, good.find('.'));
  const auto signature = from_base64url(good.substr(dot + 1)).value();
  auto altered = signature;
  altered.back() = static_cast<char>(altered.back() ^ 1);
  auto changed = good_claims();
  changed["sub"] = "1";
  const std::vector<std::pair<const char*, std::string>> forged = {
      {"changed payload", head + "." + to_base64url(changed.dump()) + good.substr(dot)},
      {"changed header",
       to_base64url(R"({"kid":"rsa-1","alg":"RS256"})") + good.substr(head.size())},
      {"empty", good.substr(0, dot + 1)},
      {"cut", good.substr(0, dot + 1) + to_base64url(signature.substr(0, 255))},
      {"longer", good.substr(0, dot + 1) + to_base64url(signature + "x")},
      {"zeros before", good.substr(0, dot + 1) + to_base64url(std::string(1, '\0') + signature)},
      {"zeros", good.substr(0, dot + 1) + to_base64url(std::string(256, '\0'))},
      {"all ones", good.substr(0, dot + 1) + to_base64url(std::string(256, '\xff'))},
      {"of an EC key",
       good.substr(0, dot + 1) + to_base64url(ec_signer().signature(good.substr(0, dot)))},
      {"a byte changed", good.substr(0, dot + 1) + to_base64url(altered)}};
  for (const auto& [what, token] : forged) bad.push_back({what, token, "signature: "});
  const auto ec = ec_token(good_claims());
  const auto is_signed = ec.substr(0, ec.rfind('.'));
  const auto order =
      from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();
  for (const auto& fake :
       {ec_signer().raw_signature(is_signed), std::string(64, '\0'), order + order,
        std::string(31, '\0') + "\x01" + std::string(31, '\0') + "\x01", std::string(64, '\xff'),
        std::string(), ec_signer().signature(is_signed).substr(0, 63),
        ec_signer().signature(is_signed) + "x"}) {
    bad.push_back(
        {"EC " + to_hex(fake).substr(0, 40), is_signed + "." + to_base64url(fake), "signature: "});
  }
}

void add_forms(BadTokens& bad) {
  const auto good = rsa_token(good_claims());
  auto large = good_claims();
  large["x"] = std::string(1 << 20, 'x');
  const std::vector<std::pair<std::string, std::string>> forms = {
      {"", "form: "},
      {".", "form: "},
      {"..", "header: "},
      {"a.b.c", "header: "},
      {good + ".", "form: "},
      {good + ".x.y", "form: is encrypted"},
      {"." + good, "form: "},
      {good.substr(0, good.rfind('.')), "form: "},
      {good + "=", "signature: "},
      {good + "\n", "signature: "},
      {" " + good, "header: "},
      {good + "A", "signature: "},
      {good.substr(0, good.find('.')) + "=" + good.substr(good.find('.')), "header: "},
      {"Bearer " + good, "header: "},
      {good_claims().dump(), "header: "},
      {rsa_token(large), "form: is longer"},
      {std::string(1 << 20, 'a'), "form: is longer"},
      {std::string(1 << 20, '.'), "form: is longer"},
      {std::string(1000, '\0'), "form: "}};
  for (const auto& [token, reason] : forms) bad.push_back({token.substr(0, 60), token, reason});
}

TEST(IdToken, RefusesAllThatIsWrongAndNamesTheMember) {
  ASSERT_TRUE(verify(rsa_token(good_claims())));
  ASSERT_TRUE(verify(ec_token(good_claims())));
  BadTokens bad;
  add_claims(bad);
  add_claims_together(bad);
  add_payload_texts(bad);
  add_algorithms(bad);
  add_headers(bad);
  add_signatures(bad);
  add_forms(bad);
  RecordProperty("tokens", static_cast<int>(bad.size()));
  EXPECT_GE(bad.size(), 200u);
  for (const auto& [what, token, reason, fault] : bad) {
    const auto identity = verify(token);
    ASSERT_FALSE(identity) << what;
    EXPECT_EQ(identity.error().fault, fault) << what << ": " << identity.error().text;
    EXPECT_TRUE(identity.error().text.starts_with(reason)) << what << ": " << identity.error().text;
    EXPECT_LE(identity.error().text.size(), 200u) << what;
  }
}

}  // namespace
}  // namespace monitron::auth
