#pragma once
// The OpenID provider that people may sign in at, asked over HTTP: what it is, which keys it has,
// and who somebody is that comes back from it. What it said of itself is kept for an hour. TLS is
// verified. Threads: any; each call may take as long as the provider does, some seconds at most, so
// they belong on threads of their own.

#include "api/config.hpp"
#include "auth/id_token.hpp"
#include "auth/oidc_login.hpp"
#include "base/clock.hpp"

#include <mutex>
#include <optional>

namespace monitron::api {

class IdentityProvider {
 public:
  IdentityProvider(const OidcConfig& config, const Clock& clock) : config_(config), clock_(clock) {}

  // Faults: unavailable, timeout; invalid for what no provider says.
  Result<auth::OidcProvider> describe();

  // Whose code this is. A key that is not known is looked for once more, not more often than every
  // minute. Faults: denied, with what is wrong; those of describe().
  Result<auth::Identity> redeem(const auth::OidcProvider& provider, const std::string& code,
                                const auth::PendingLogin& login);

 private:
  Result<auth::SigningKeys> keys_of(const auth::OidcProvider& provider, bool anew);

  const OidcConfig& config_;
  const Clock& clock_;
  std::mutex mutex_;
  std::optional<auth::OidcProvider> provider_;
  std::optional<auth::SigningKeys> keys_;
  SteadyInstant described_{};
  SteadyInstant keys_read_{};
  std::optional<SteadyInstant> looked_anew_;
};

}  // namespace monitron::api
