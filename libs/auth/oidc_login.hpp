#pragma once
// One login at an OpenID provider: code flow (OpenID Connect Core 1.0 §3.1) with PKCE (RFC 7636,
// S256). What is sent and what comes back, as values; the caller fetches and stores. Threads: any.

#include "auth/oidc_provider.hpp"
#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace monitron::auth {

// Us, as we are registered with the provider.
struct OidcClient {
  std::string id{};
  std::string secret{};        // empty: a public client, PKCE alone
  std::string redirect_uri{};  // from configuration, never from a request's Host
  std::string scope = "openid email profile";
};

// Each of 256 random bits. Kept on our side, or sealed in a cookie, until the browser comes back:
// bound to that browser, so that nobody is signed in to somebody else's account; for one use, and
// for kLoginLifetime.
struct PendingLogin {
  std::string state{};
  std::string nonce{};
  std::string verifier{};
};
inline constexpr std::chrono::minutes kLoginLifetime{10};

PendingLogin make_pending_login();

// base64url(SHA-256(verifier)).
std::string code_challenge(std::string_view verifier);

// Where the browser is sent.
std::string authorization_url(const OidcProvider& provider, const OidcClient& client,
                              const PendingLogin& login);

// The query parameters the browser comes back with; empty: not there. One that is there twice is
// the caller's to refuse.
struct AuthorizationAnswer {
  std::string state{};
  std::string code{};
  std::string error{};
  std::string issuer{};  // iss, RFC 9207
};

// The code to be redeemed. Fault: denied, with the parameter: another state, an answer of another
// provider, or the provider's own refusal.
Result<std::string> code_of(const AuthorizationAnswer& answer, const OidcProvider& provider,
                            const PendingLogin& login);

// A POST with the content type application/x-www-form-urlencoded.
struct TokenRequest {
  std::string url{};
  std::string authorization{};  // the header's value; empty: none
  std::string body{};
};
TokenRequest token_request(const OidcProvider& provider, const OidcClient& client,
                           std::string_view code, const PendingLogin& login);

// The ID token in the answer to it. The access token is not looked at: nothing more is asked of the
// provider. Faults: denied when the provider refuses, with its error code; unavailable for 429 and
// 5xx; invalid for what is no token response.
Result<std::string> parse_token_response(int status, std::string_view body);

}  // namespace monitron::auth
