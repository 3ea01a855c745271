#pragma once
// ID tokens of OpenID Connect: a JWT (RFC 7519, RFC 7515) that says who has just signed in at the
// provider. Checked as OpenID Connect Core 1.0 §3.1.3.7 and RFC 8725 want it. Pure: the keys were
// fetched and the time is handed in. Threads: any.

#include "auth/signing_keys.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace monitron::auth {

inline constexpr std::size_t kMaxIdTokenBytes = 32u << 10;
inline constexpr std::chrono::seconds kIdTokenLeeway{60};

// What the token must be about.
struct ExpectedToken {
  std::string issuer{};
  std::string client_id{};
  std::string nonce{};  // of the login that is to be finished
  std::string groups_claim = "groups";
};

struct Identity {
  std::string subject{};        // sub: with the issuer, who it is; names and addresses change hands
  std::string email{};          // empty: not told
  bool email_verified = false;  // only then may the address be taken for that of an account
  std::string name{};
  std::vector<std::string> groups{};

  bool operator==(const Identity&) const = default;
};

// Faults: denied, with the member that is wrong ("aud: …"), for the log and not for whoever signs
// in; not_found when the provider has no key of the token's kid (SigningKeys::verify). Nothing in
// the payload is read before the signature is found good. Members of the header that bring or name
// keys (jwk, jku, x5u, x5c) are never read.
Result<Identity> verify_id_token(std::string_view token, const SigningKeys& keys,
                                 const ExpectedToken& expected, Instant now);

}  // namespace monitron::auth
