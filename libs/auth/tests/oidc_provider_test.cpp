#include "auth/oidc_provider.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace monitron::auth {
namespace {

using Json = nlohmann::json;

const std::string kIssuer = "https://id.example/realms/ops";

Json good_document() {
  return {{"issuer", kIssuer},
          {"authorization_endpoint", "https://id.example/auth?realm=ops"},
          {"token_endpoint", "https://api.id.example:8443/token"},
          {"jwks_uri", "https://[2001:db8::1]/keys"},
          {"response_types_supported", {"code", "id_token"}},
          {"subject_types_supported", {"public"}},
          {"id_token_signing_alg_values_supported", {"RS256", "HS256"}},
          {"userinfo_endpoint", "https://id.example/me"}};
}

Result<OidcProvider> parse(const Json& document, PlainHttp plain = PlainHttp::refused) {
  return parse_discovery(document.dump(), kIssuer, plain);
}

TEST(OidcProvider, IsReadFromItsDocument) {
  const auto provider = parse(good_document());
  ASSERT_TRUE(provider) << provider.error().text;
  EXPECT_EQ(provider->issuer, kIssuer);
  EXPECT_EQ(provider->authorization_endpoint, "https://id.example/auth?realm=ops");
  EXPECT_EQ(provider->token_endpoint, "https://api.id.example:8443/token");
  EXPECT_EQ(provider->jwks_uri, "https://[2001:db8::1]/keys");
  EXPECT_FALSE(provider->takes_secret_in_body);
  EXPECT_FALSE(provider->names_itself_in_answers);
}

TEST(OidcProvider, SaysWhatItCanDo) {
  auto document = good_document();
  document["code_challenge_methods_supported"] = {"plain", "S256"};
  document["authorization_response_iss_parameter_supported"] = true;
  document["token_endpoint_auth_methods_supported"] = {"client_secret_post", "private_key_jwt"};
  auto provider = parse(document).value();
  EXPECT_TRUE(provider.names_itself_in_answers);
  EXPECT_TRUE(provider.takes_secret_in_body);
  EXPECT_EQ(provider.end_session_endpoint, "");
  document["end_session_endpoint"] = "https://id.example/end?realm=ops";
  EXPECT_EQ(parse(document).value().end_session_endpoint, "https://id.example/end?realm=ops");
  document["token_endpoint_auth_methods_supported"] = {"client_secret_post", "client_secret_basic"};
  EXPECT_FALSE(parse(document).value().takes_secret_in_body);
}

TEST(OidcProvider, RefusesWhatIsWrongAndNamesTheMember) {
  const std::vector<std::pair<const char*, Json>> wrong = {
      {"issuer", kIssuer + "/"},
      {"issuer", "https://ID.example/realms/ops"},
      {"issuer", "https://id.example/realms/OPS"},
      {"issuer", "https://evil.example"},
      {"issuer", nullptr},
      {"issuer", 1},
      {"authorization_endpoint", nullptr},
      {"authorization_endpoint", "http://id.example/auth"},
      {"authorization_endpoint", "javascript:alert(1)"},
      {"authorization_endpoint", "//id.example/auth"},
      {"authorization_endpoint", "https://"},
      {"authorization_endpoint", "https://?x"},
      {"authorization_endpoint", "https://id.example/auth#x"},
      {"token_endpoint", "https://user:password@id.example/token"},
      {"token_endpoint", "https://id.example\\@evil.example/token"},
      {"token_endpoint", "https://id.example /token"},
      {"token_endpoint", "https://id.example/token\r\nHost: evil.example"},
      {"token_endpoint", "https://id.example:0/token"},
      {"token_endpoint", "https://id.example:65536/token"},
      {"token_endpoint", "https://id.example:/token"},
      {"token_endpoint", "https://id.example:443x/token"},
      {"token_endpoint", "http://127.0.0.1/token"},
      {"token_endpoint", "HTTPS://id.example/token"},
      {"token_endpoint", "https://-id.example/token"},
      {"token_endpoint", "https://id..example/token"},
      {"token_endpoint", Json::array({"https://id.example/token"})},
      {"jwks_uri", "file:///etc/passwd"},
      {"end_session_endpoint", "javascript:alert(1)"},
      {"jwks_uri", "https://[2001:db8::1/keys"},
      {"jwks_uri", "https://["},
      {"jwks_uri", "https://[]/keys"},
      {"jwks_uri", "https://[127.0.0.1]/keys"},
      {"jwks_uri", "https://[::1]x/keys"},
      {"jwks_uri", "https://id.example/" + std::string(2048, 'x')},
      {"response_types_supported", {"id_token", "code id_token"}},
      {"response_types_supported", nullptr},
      {"response_types_supported", 1},
      {"id_token_signing_alg_values_supported", {"HS256", "none", "PS256"}},
      {"id_token_signing_alg_values_supported", nullptr},
      {"code_challenge_methods_supported", {"plain"}},
      {"token_endpoint_auth_methods_supported", {"private_key_jwt"}}};
  for (const auto& [name, value] : wrong) {
    auto document = good_document();
    document[name] = value;
    const auto provider = parse(document);
    ASSERT_FALSE(provider) << name << " " << value;
    EXPECT_EQ(provider.error().fault, Fault::invalid);
    EXPECT_TRUE(
        provider.error().text.starts_with("discovery document: " + std::string(name) + ": "))
        << value << " " << provider.error().text;
  }
}

TEST(OidcProvider, RefusesWhatIsNoDocument) {
  const auto good = good_document().dump();
  for (const auto& text : {std::string(), std::string("[]"), std::string("<html>"), good + "x",
                           good.substr(0, good.size() - 1) + R"(,"issuer":"https://x"})",
                           good + std::string(kMaxDiscoveryBytes, ' ')}) {
    EXPECT_FALSE(parse_discovery(text, kIssuer, PlainHttp::refused)) << text.substr(0, 80);
  }
}

TEST(OidcProvider, PlainHttpIsForLoopbackAndOnlyWhenAllowed) {
  for (const auto* host : {"127.0.0.1:9000", "127.1.2.3", "localhost:9000", "[::1]:9000"}) {
    auto document = good_document();
    document["token_endpoint"] = "http://" + std::string(host) + "/token";
    EXPECT_TRUE(parse(document, PlainHttp::on_loopback)) << host;
    EXPECT_FALSE(parse(document, PlainHttp::refused)) << host;
  }
  for (const auto* host : {"id.example", "127.0.0.1.evil.example", "localhost.evil.example",
                           "127.evil.example", "10.0.0.1", "[::2]", "0.0.0.0", "::1"}) {
    auto document = good_document();
    document["token_endpoint"] = "http://" + std::string(host) + "/token";
    EXPECT_FALSE(parse(document, PlainHttp::on_loopback)) << host;
  }
}

TEST(OidcProvider, AnIssuerIsAUrlAndTellsWhereTheDocumentIs) {
  EXPECT_TRUE(check_issuer("https://id.example", PlainHttp::refused));
  EXPECT_TRUE(check_issuer("https://id.example/realms/ops/", PlainHttp::refused));
  EXPECT_TRUE(check_issuer("http://localhost:9000", PlainHttp::on_loopback));
  for (const auto* issuer : {"", "id.example", "http://id.example", "https://id.example?x=1",
                             "https://id.example#x", "https://a@id.example"}) {
    EXPECT_FALSE(check_issuer(issuer, PlainHttp::on_loopback)) << issuer;
  }
  EXPECT_EQ(discovery_url("https://id.example"),
            "https://id.example/.well-known/openid-configuration");
  EXPECT_EQ(discovery_url("https://id.example/realms/ops/"),
            "https://id.example/realms/ops/.well-known/openid-configuration");
}

}  // namespace
}  // namespace monitron::auth
