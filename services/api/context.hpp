#pragma once
// What the routes work with; all of it outlives them.

#include "api/access.hpp"
#include "api/config.hpp"
#include "api/grants.hpp"
#include "api/throttle.hpp"
#include "loop/workers.hpp"

namespace monitron::api {

struct Context {
  const Config& config;
  const Clock& clock;
  db::Pool& database;
  const auth::Jwt& jwt;
  Grants& grants;
  Throttle& throttle;
  loop::Workers& hashing;  // bcrypt: two threads, a short queue
};

}  // namespace monitron::api
