#pragma once
// A provider with an RSA and an EC key, and a token that it may well issue.

#include "auth/id_token.hpp"
#include "auth/tests/token_signer.hpp"

namespace monitron::auth {

using Json = nlohmann::json;

inline const TokenSigner& rsa_signer() {
  static const auto kSigner = TokenSigner::rsa();
  return kSigner;
}
inline const TokenSigner& ec_signer() {
  static const auto kSigner = TokenSigner::ec();
  return kSigner;
}
inline std::string jwks_of(const std::vector<Json>& keys) { return Json{{"keys", keys}}.dump(); }
inline const SigningKeys& provider_keys() {
  static const auto kKeys =
      SigningKeys::parse(jwks_of({rsa_signer().jwk("rsa-1"), ec_signer().jwk("ec-1")})).value();
  return kKeys;
}

constexpr std::int64_t kNow = 1'800'000'000;

inline ExpectedToken expected_token() {
  return {.issuer = "https://id.example", .client_id = "monitron", .nonce = "n-0S6_WzA2Mj"};
}
inline Json good_claims() {
  return {{"iss", "https://id.example"}, {"aud", "monitron"},      {"sub", "24400320"},
          {"nonce", "n-0S6_WzA2Mj"},     {"iat", kNow - 5},        {"exp", kNow + 300},
          {"email", "ann@example.org"},  {"email_verified", true}, {"name", "Ann Ünsal"},
          {"groups", {"ops", "oncall"}}};
}
inline Json rsa_header() { return {{"alg", "RS256"}, {"kid", "rsa-1"}, {"typ", "JWT"}}; }
inline Json ec_header() { return {{"alg", "ES256"}, {"kid", "ec-1"}}; }

inline std::string rsa_token(const Json& claims, const Json& header = rsa_header()) {
  return rsa_signer().sign(header.dump(), claims.dump());
}

inline Result<Identity> verify(std::string_view token, std::int64_t seconds = kNow) {
  return verify_id_token(token, provider_keys(), expected_token(), from_ms(seconds * 1000));
}

}  // namespace monitron::auth
