#include "auth/id_token.hpp"

#include "auth/tests/provider.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <thread>

namespace monitron::auth {
namespace {

TEST(IdToken, TellsWhoSignedIn) {
  const Identity ann{.subject = "24400320",
                     .email = "ann@example.org",
                     .email_verified = true,
                     .name = "Ann Ünsal",
                     .groups = {"ops", "oncall"}};
  EXPECT_EQ(verify(rsa_token(good_claims())), ann);
  EXPECT_EQ(verify(ec_signer().sign(ec_header().dump(), good_claims().dump())), ann);
}

TEST(IdToken, OnlyTheSubjectMustBeTold) {
  auto claims = good_claims();
  for (const auto* name : {"email", "email_verified", "name", "groups"}) claims.erase(name);
  EXPECT_EQ(verify(rsa_token(claims)), (Identity{.subject = "24400320"}));
  for (const auto* name : {"email", "email_verified", "name", "groups", "nbf", "azp"}) {
    claims[name] = nullptr;
  }
  EXPECT_EQ(verify(rsa_token(claims)), (Identity{.subject = "24400320"})) << "null is missing";
  claims["email_verified"] = true;
  EXPECT_FALSE(verify(rsa_token(claims))->email_verified) << "no address, nothing verified";
}

TEST(IdToken, TakesWhatStandardsAndProvidersAllow) {
  auto claims = good_claims();
  claims["aud"] = {"another", "monitron"};
  claims["azp"] = "monitron";
  claims["email_verified"] = "true";
  claims["groups"] = "ops";
  claims["nbf"] = kNow;
  claims["acr"] = {{"anything", {1, 2.5, nullptr}}};
  const auto identity = verify(rsa_token(claims));
  ASSERT_TRUE(identity) << identity.error().text;
  EXPECT_TRUE(identity->email_verified);
  EXPECT_EQ(identity->groups, std::vector<std::string>{"ops"});
  for (const Json& no : {Json(false), Json("false")}) {
    claims["email_verified"] = no;
    EXPECT_FALSE(verify(rsa_token(claims)).value().email_verified) << no;
  }
}

TEST(IdToken, GroupsAreInTheClaimThatIsConfigured) {
  auto claims = good_claims();
  claims["https://example.org/roles"] = {"a", "b"};
  auto expected = expected_token();
  expected.groups_claim = "https://example.org/roles";
  const auto identity =
      verify_id_token(rsa_token(claims), provider_keys(), expected, from_ms(kNow * 1000));
  ASSERT_TRUE(identity) << identity.error().text;
  EXPECT_EQ(identity->groups, (std::vector<std::string>{"a", "b"}));
}

TEST(IdToken, ClocksMayDifferByAMinute) {
  const auto token = rsa_token(good_claims());  // kNow - 5 to kNow + 300
  EXPECT_TRUE(verify(token, kNow + 359));
  EXPECT_FALSE(verify(token, kNow + 360));
  EXPECT_TRUE(verify(token, kNow - 65));
  EXPECT_FALSE(verify(token, kNow - 66));
  auto claims = good_claims();
  claims["nbf"] = kNow + 60;
  EXPECT_TRUE(verify(rsa_token(claims)));
}

// Those who bring a key of their own are no better off; those who only mention where keys are, as
// some providers do, are no worse off.
TEST(IdToken, MembersThatNameKeysAreNotRead) {
  auto header = rsa_header();
  header["jku"] = "https://evil.example/jwks";
  header["x5u"] = "file:///etc/passwd";
  header["x5c"] = {"MIIB"};
  header["x5t"] = "abc";
  header["jwk"] = TokenSigner::ec().jwk("rsa-1");
  EXPECT_TRUE(verify(rsa_token(good_claims(), header)));
}

TEST(IdToken, KidMayBeMissingWhileThereIsOneKey) {
  const auto one = SigningKeys::parse(jwks_of({ec_signer().jwk("ec-1")})).value();
  const auto token = ec_signer().sign(R"({"alg":"ES256"})", good_claims().dump());
  EXPECT_TRUE(verify_id_token(token, one, expected_token(), from_ms(kNow * 1000)));
  EXPECT_TRUE(verify(token)) << "one of each algorithm is clear, too";
  const auto two = SigningKeys::parse(jwks_of({ec_signer().jwk("a"), TokenSigner::ec().jwk("b")}));
  const auto unclear = verify_id_token(token, *two, expected_token(), from_ms(kNow * 1000));
  ASSERT_FALSE(unclear);
  EXPECT_EQ(unclear.error().fault, Fault::denied);
  EXPECT_TRUE(unclear.error().text.starts_with("kid: ")) << unclear.error().text;
}

TEST(IdToken, ANewKeyOfTheProviderIsToldApartFromAForgery) {
  const auto next = TokenSigner::ec();
  const auto token = next.sign(R"({"alg":"ES256","kid":"ec-2"})", good_claims().dump());
  const auto unknown = verify(token);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().fault, Fault::not_found);
  const auto fetched =
      SigningKeys::parse(jwks_of({ec_signer().jwk("ec-1"), next.jwk("ec-2")})).value();
  EXPECT_TRUE(verify_id_token(token, fetched, expected_token(), from_ms(kNow * 1000)));
}

TEST(IdToken, WhatIsExpectedToBeEmptyIsNotMetByAnEmptyClaim) {
  auto claims = good_claims();
  for (const auto* name : {"iss", "aud", "azp", "nonce"}) claims[name] = "";
  EXPECT_FALSE(verify_id_token(rsa_token(claims), provider_keys(), {}, from_ms(kNow * 1000)));
  for (const auto* name : {"iss", "aud", "azp", "nonce"}) claims.erase(name);
  EXPECT_FALSE(verify_id_token(rsa_token(claims), provider_keys(), {}, from_ms(kNow * 1000)));
}

TEST(IdToken, ManyThreadsMayShareTheKeys) {
  const auto rsa = rsa_token(good_claims());
  const auto ec = ec_signer().sign(ec_header().dump(), good_claims().dump());
  std::vector<int> good(4);
  std::vector<std::thread> threads;
  threads.reserve(good.size());
  for (auto& count : good) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) count += verify(rsa) && verify(ec) && !verify(ec + "A") ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 20));
}

TEST(IdToken, LeavesNoErrorsOfOpensslBehind) {
  auto token = rsa_token(good_claims());
  token.replace(token.size() - 4, 4, "AAAA");
  EXPECT_FALSE(verify(token));
  EXPECT_EQ(ERR_peek_error(), 0u);
  EXPECT_FALSE(SigningKeys::parse(R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace monitron::auth
