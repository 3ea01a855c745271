// The discovery document of an OpenID provider.

#include "auth/oidc_provider.hpp"

#include "fuzz.hpp"

namespace monitron::fuzz {
namespace {

void must_be_endpoint(const std::string& url) {
  must(url.starts_with("https://"), "not https");
  must(url.size() <= 2048, "a URL without measure");
  must(url.find_first_of("# \r\n\t\\") == std::string::npos, "no URL");
  const auto authority = url.substr(8, url.find_first_of("/?", 8) - 8);
  must(!authority.empty() && authority.find('@') == std::string::npos, "a URL of somebody");
}

}  // namespace
}  // namespace monitron::fuzz

MONITRON_FUZZ(oidc_provider) {
  using namespace monitron;
  const std::string issuer = "https://id.example";
  const auto provider = auth::parse_discovery(bytes, issuer, auth::PlainHttp::refused);
  if (!provider) {
    fuzz::must(provider.error().fault == Fault::invalid, provider.error().text);
    fuzz::must(provider.error().text.size() <= 400, "a reason without measure");
    fuzz::must_be_text(provider.error().text, "a reason");
    return;
  }
  fuzz::must(provider->issuer == issuer, "another issuer");
  fuzz::must_be_endpoint(provider->authorization_endpoint);
  fuzz::must_be_endpoint(provider->token_endpoint);
  fuzz::must_be_endpoint(provider->jwks_uri);
}
