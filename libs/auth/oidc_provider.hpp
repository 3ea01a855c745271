#pragma once
// An OpenID provider as its discovery document describes it (OpenID Connect Discovery 1.0, RFC
// 8414). Pure: the caller fetches. Threads: any.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron::auth {

// Everything goes over https. For providers on the machine itself, in tests, http may be allowed
// for 127.0.0.0/8, [::1] and localhost, and for nothing else.
enum class PlainHttp { refused, on_loopback };

struct OidcProvider {
  std::string issuer{};
  std::string authorization_endpoint{};
  std::string token_endpoint{};
  std::string jwks_uri{};
  std::string end_session_endpoint{};    // empty: one signs out here alone
  bool takes_secret_in_body = false;     // client_secret_post: it does not know client_secret_basic
  bool names_itself_in_answers = false;  // RFC 9207
};

inline constexpr std::size_t kMaxDiscoveryBytes = 256u << 10;

// A configured issuer: an absolute URL without user, query and fragment. Fault: invalid.
Result<void> check_issuer(std::string_view issuer, PlainHttp plain);

// Where its discovery document is: issuer + "/.well-known/openid-configuration".
std::string discovery_url(std::string_view issuer);

// Reads the document that was fetched for `issuer`. Fault: invalid, with the member that is wrong:
// an issuer that is not the very text that was configured, an endpoint that is no https URL, a
// provider that cannot do the code flow, PKCE with S256, or signatures with RS256 or ES256.
Result<OidcProvider> parse_discovery(std::string_view document, std::string_view issuer,
                                     PlainHttp plain);

}  // namespace monitron::auth
