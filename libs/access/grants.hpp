#pragma once
// Who may do what, kept in memory and refreshed every few seconds, so that a revoked session, a
// changed role or a deleted user is refused within 10 s on every replica, streams included, without
// a query per request. Threads: any.

#include "access/roles.hpp"
#include "auth/jwt.hpp"
#include "db/pool.hpp"
#include "http/message.hpp"
#include "store/users.hpp"

#include <atomic>
#include <mutex>
#include <set>

namespace monitron::access {

class Grants {
 public:
  explicit Grants(db::Pool& database) : database_(database) {}

  // Reads everything anew: what was committed before is known then. One at a time; whoever waits
  // for two reads gets what the second has read. Threads: workers.
  Result<void> refresh();
  // From memory alone. Faults: denied; unavailable as long as nothing was read.
  Result<http::Caller> caller_of(const auth::Claims& claims) const;
  // As caller_of, but what is newer than what is known is looked for once more, by one caller at a
  // time: a database that hangs holds one worker, not all. Threads: workers.
  Result<http::Caller> caller_of_now(const auth::Claims& claims);
  // The version that a user's tokens must have now; 0 for nobody.
  int version_of(const std::string& user) const;

 private:
  bool may_be_behind(const auth::Claims& claims) const;

  db::Pool& database_;
  Result<void> read();

  std::timed_mutex looking_;
  std::atomic<std::uint64_t> asked_ = 0;  // for a reading, so many times
  std::mutex reading_;                    // guards the next two
  std::uint64_t answered_ = 0;            // so many of them
  Result<void> answer_{};                 // what the last reading was
  mutable std::mutex mutex_;              // guards what follows
  bool loaded_ = false;
  std::map<Uuid, store::UserGrant> users_;
  RolePermissions roles_;
  std::map<Uuid, std::vector<store::GrantedRole>> granted_;
  std::set<std::string> revoked_;
};

}  // namespace monitron::access
