#pragma once
// What the routes work with; all of it outlives them.

#include "access/access.hpp"
#include "access/grants.hpp"
#include "api/config.hpp"
#include "api/queries.hpp"
#include "api/throttle.hpp"
#include "api/waits.hpp"
#include "auth/vault.hpp"
#include "loop/workers.hpp"

namespace monitron::api {

using access::Access;
using access::Grants;

class StatusBoard;

struct Context {
  const Config& config;
  const Clock& clock;
  db::Pool& database;
  const auth::Jwt& jwt;
  Grants& grants;
  Throttles& throttles;
  loop::Workers& hashing;  // bcrypt: two threads, a short queue
  Queries& queries;
  Waits& waits;
  const auth::Vault& vault;
  StatusBoard& status;
};

}  // namespace monitron::api
