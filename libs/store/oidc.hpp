#pragma once
// Who somebody is at the OpenID provider. Written by api.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/tx.hpp"

#include <optional>
#include <string>

namespace monitron::store {

// Notes that it was used now. Nothing when nobody here is this one.
std::optional<Uuid> use_oidc_identity(pqxx::work& tx, const std::string& issuer,
                                      const std::string& subject);
// False when the user is somebody else there already, or this one is somebody else here.
bool link_oidc_identity(pqxx::work& tx, const std::string& issuer, const std::string& subject,
                        const Uuid& user);

// True for the first who does this step of a sign-in, which is good until then anyhow.
bool claim_oidc_step(pqxx::work& tx, const std::string& hash, Instant expires_at);
void drop_expired_oidc_steps(pqxx::work& tx);

}  // namespace monitron::store
