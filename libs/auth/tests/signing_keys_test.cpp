#include "auth/signing_keys.hpp"

#include "auth/tests/provider.hpp"

#include <gtest/gtest.h>

namespace monitron::auth {
namespace {

TEST(SigningKeys, TakesKeysForSignaturesAndSaysWhyOthersAreLeftOut) {
  auto encrypting = rsa_signer().jwk("enc");
  encrypting["use"] = "enc";
  auto without_use = ec_signer().jwk("plain");
  without_use.erase("use");
  without_use.erase("alg");
  without_use["key_ops"] = {"verify"};
  without_use["x5t"] = "what it does not know is ignored";
  const auto keys = SigningKeys::parse(jwks_of(
      {encrypting, rsa_signer().jwk("rsa"), Json{{"kty", "oct"}, {"k", "AAAA"}}, without_use}));
  ASSERT_TRUE(keys) << keys.error().text;
  EXPECT_EQ(keys->size(), 2u);
  EXPECT_EQ(keys->left_out(), (std::vector<std::string>{"keys[0]: use: is not sig",
                                                        "keys[2]: kty: must be RSA or EC"}));
  const std::string bytes = "anything";
  EXPECT_TRUE(keys->verify(SigningAlgorithm::rs256, "rsa", bytes, rsa_signer().signature(bytes)));
  EXPECT_TRUE(keys->verify(SigningAlgorithm::es256, "plain", bytes, ec_signer().signature(bytes)));
  EXPECT_FALSE(keys->verify(SigningAlgorithm::es256, "plain", "", ec_signer().signature(bytes)));
  EXPECT_EQ(keys->verify(SigningAlgorithm::rs256, "enc", bytes, "").error().fault,
            Fault::not_found);
}

// Of keys alone in their set, so that what is wrong is told.
TEST(SigningKeys, WeakAndWrongKeysAreRefusedWithTheMember) {
  const auto rsa = [](const char* name, const Json& value) {
    auto jwk = rsa_signer().jwk("k");
    jwk[name] = value;
    return jwk;
  };
  const auto ec = [](const char* name, const Json& value) {
    auto jwk = ec_signer().jwk("k");
    jwk[name] = value;
    return jwk;
  };
  std::string even(256, '\xff');
  even.back() = '\xfe';
  const std::vector<std::pair<Json, const char*>> wrong = {
      {TokenSigner::rsa(1024).jwk("k"), "n"},
      {rsa("n", to_base64url(std::string(256, '\0') + std::string(128, '\xff'))), "n"},
      {rsa("n", to_base64url(std::string(1025, '\xff'))), "n"},
      {rsa("n", to_base64url(even)), "n"},
      {rsa("n", "not base64url!"), "n"},
      {rsa("n", 17), "n"},
      {rsa("n", nullptr), "n"},
      {rsa("e", "AQ"), "e"},  // 1
      {rsa("e", "Aw"), "e"},  // 3
      {rsa("e", "AQAA"), "e"},
      {rsa("e", to_base64url(std::string(9, '\xff'))), "e"},
      {rsa("e", ""), "e"},
      {rsa("alg", "RS512"), "alg"},
      {rsa("alg", "HS256"), "alg"},
      {rsa("alg", "none"), "alg"},
      {rsa("alg", "ES256"), "alg"},
      {rsa("key_ops", Json::array({"encrypt"})), "key_ops"},
      {rsa("key_ops", Json::array()), "key_ops"},
      {rsa("use", "enc"), "use"},
      {rsa("d", "AAAA"), "d"},
      {rsa("kty", "rsa"), "kty"},
      {rsa("kty", "oct"), "kty"},
      {rsa("kty", nullptr), "kty"},
      {rsa("kid", 1), "kid"},
      {rsa("kid", ""), "kid"},
      {ec("crv", "P-384"), "crv"},
      {ec("crv", "secp256k1"), "crv"},
      {ec("crv", nullptr), "crv"},
      {ec("x", to_base64url(std::string(32, '\1'))), "x"},
      {ec("y", to_base64url(std::string(32, '\0'))), "x"},
      {ec("x", to_base64url(std::string(32, '\xff'))), "x"},
      {ec("x", to_base64url(std::string(33, '\0'))), "x"},
      {ec("y", "AAAA"), "y"},
      {ec("y", "+/=="), "y"},
      {ec("alg", "ES384"), "alg"},
      {ec("d", "AAAA"), "d"},
      {ec("kty", "RSA"), "alg"}};
  for (const auto& [jwk, member] : wrong) {
    const auto keys = SigningKeys::parse(jwks_of({jwk}));
    ASSERT_FALSE(keys) << jwk;
    EXPECT_EQ(keys.error().fault, Fault::invalid);
    EXPECT_TRUE(keys.error().text.starts_with(
        std::string("JWK set: has no key for RS256 or ES256: keys[0]: ") + member + ": "))
        << jwk << " " << keys.error().text;
  }
}

TEST(SigningKeys, RefusesWhatIsNoSet) {
  const std::string good = jwks_of({ec_signer().jwk("k")});
  const std::vector<std::pair<std::string, const char*>> wrong = {
      {"", "JWK set: is not"},
      {"[]", "JWK set: is not"},
      {"{}", "JWK set: keys: must be"},
      {R"({"keys":{}})", "JWK set: keys: must be"},
      {R"({"keys":null})", "JWK set: keys: must be"},
      {R"({"keys":[]})", "JWK set: has no key for RS256 or ES256: is empty"},
      {R"({"keys":[1]})", "JWK set: has no key for RS256 or ES256: keys[0]: is not an object"},
      {jwks_of(std::vector<Json>(101, ec_signer().jwk("k"))), "JWK set: keys: must be"},
      {jwks_of({ec_signer().jwk("k"), TokenSigner::ec().jwk("k")}), "JWK set: keys[1]: kid: "},
      {R"({"keys":[],)" + good.substr(1), "JWK set: keys: appears twice"},
      {good + std::string(kMaxJwksBytes, ' '), "JWK set: is longer than"}};
  for (const auto& [text, reason] : wrong) {
    const auto keys = SigningKeys::parse(text);
    ASSERT_FALSE(keys) << text.substr(0, 80);
    EXPECT_EQ(keys.error().fault, Fault::invalid);
    EXPECT_TRUE(keys.error().text.starts_with(reason)) << keys.error().text;
  }
}

// RFC 7517 §4.5 lets keys of different types share a name.
TEST(SigningKeys, OneNameMayBeOfTwoTypes) {
  const auto keys = SigningKeys::parse(jwks_of({ec_signer().jwk("k"), rsa_signer().jwk("k")}));
  ASSERT_TRUE(keys);
  EXPECT_TRUE(keys->verify(SigningAlgorithm::rs256, "k", "a", rsa_signer().signature("a")));
  EXPECT_TRUE(keys->verify(SigningAlgorithm::es256, "k", "a", ec_signer().signature("a")));
}

TEST(SigningKeys, AnEmptyNameIsNotThatOfANamelessKey) {
  auto nameless = ec_signer().jwk("");
  nameless.erase("kid");
  const auto keys = SigningKeys::parse(jwks_of({nameless}));
  ASSERT_TRUE(keys);
  const auto signature = ec_signer().signature("a");
  EXPECT_TRUE(keys->verify(SigningAlgorithm::es256, std::nullopt, "a", signature));
  EXPECT_EQ(keys->verify(SigningAlgorithm::es256, "", "a", signature).error().fault,
            Fault::not_found);
}

// The example of RFC 7515, appendix A.3: an ES256 signature that is not of our own making.
TEST(SigningKeys, VerifiesTheExampleOfRfc7515) {
  const auto keys = SigningKeys::parse(
      R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  ASSERT_TRUE(keys) << keys.error().text;
  const std::string is_signed =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
      "NvbS9pc19yb290Ijp0cnVlfQ";
  const auto signature =
      from_base64url(
          "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
          .value();
  EXPECT_TRUE(keys->verify(SigningAlgorithm::es256, std::nullopt, is_signed, signature));
}

}  // namespace
}  // namespace monitron::auth
