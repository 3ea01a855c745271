#pragma once
// Finds out who asks: an access token (JWT) or an API token in the Authorization header. What is
// known stays known while PostgreSQL is away, for an hour; a token never seen is unavailable then.
// A database that just failed is left alone for a moment: one that hangs must not hold all workers.

#include "access/grants.hpp"
#include "base/clock.hpp"

#include <unordered_map>

namespace monitron::access {

class Access {
 public:
  Access(db::Pool& database, const auth::Jwt& jwt, Grants& grants, const Clock& clock)
      : database_(database), jwt_(jwt), grants_(grants), clock_(clock) {}

  // For http::Router. May ask the database. Threads: workers.
  Result<http::Caller> operator()(const http::Request& request);

  // Writes down which tokens were used since the last call. Threads: workers.
  void note_used_tokens();

 private:
  Result<http::Caller> token_caller(const std::string& hash);
  Result<http::Caller> look_up(const std::string& hash);

  struct Known {
    http::Caller caller;
    SteadyInstant asked;  // when the database said so
  };

  db::Pool& database_;
  const auth::Jwt& jwt_;
  Grants& grants_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  std::unordered_map<std::string, Known> known_;
  SteadyInstant away_until_{};  // not asked before
  std::set<std::string> used_;
};

}  // namespace monitron::access
