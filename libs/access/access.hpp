#pragma once
// Finds out who asks: an access token (JWT) or an API token in the Authorization header, the latter
// also as the password of Basic. What is
// known stays known while PostgreSQL is away, for an hour; a token never seen is unavailable then.
//
// An API token may what its scopes say and its maker may, both as they are now: when the role of
// the maker shrinks, so do all tokens the maker made, and when it grows again, they are what they
// were. A token of an agent has no maker: it goes with its instance.

#include "access/grants.hpp"
#include "access/remembered.hpp"
#include "store/tokens.hpp"

#include <functional>

namespace monitron::access {

// What a user came with: the session, and the version of his tokens.
struct Standing {
  std::string session{};
  int version = 0;
};

class Access {
 public:
  Access(db::Pool& database, const auth::Jwt& jwt, Grants& grants, const Clock& clock);

  // For http::Router. May ask the database. Threads: workers.
  Result<http::Caller> operator()(const http::Request& request);

  // The one that was let in before as such a one ("user" or "token"), with what he may now, for
  // work that was asked for then. Faults: denied, when there is nobody any more, the user's session
  // has ended or his password was changed. Threads: workers.
  Result<http::Caller> again(const std::string& kind, const std::string& id,
                             const Standing& standing);

  // Writes down which tokens were used since the last call. Threads: workers.
  void note_used_tokens();

 private:
  Result<http::Caller> token_caller(const std::string& hash);
  Result<std::optional<http::Caller>> look_up(const std::string& hash);
  using FindToken = std::function<std::optional<store::ApiToken>(pqxx::work&)>;
  Result<std::optional<http::Caller>> caller_by(const FindToken& find);

  db::Pool& database_;
  const auth::Jwt& jwt_;
  Grants& grants_;
  const Clock& clock_;
  Remembered<std::string, http::Caller> callers_;  // by the token's hash
  std::mutex mutex_;                               // guards what follows
  std::set<std::string> used_;
};

}  // namespace monitron::access
