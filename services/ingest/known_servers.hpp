#pragma once
// Which servers exist, remembered so that the door works while PostgreSQL is away. A server that
// was deleted is noticed after half a minute. A database that just failed is left alone for a
// moment: one that hangs must not hold all workers. Bounded. Threads: any; may ask the database.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "db/pool.hpp"

#include <mutex>
#include <optional>
#include <unordered_map>

namespace monitron::ingest {

class KnownServers {
 public:
  using LookUp = std::function<Result<bool>(const Uuid&)>;

  KnownServers(LookUp look_up, const Clock& clock) : look_up_(std::move(look_up)), clock_(clock) {}

  // Faults: unavailable or timeout for one that was not seen within the last hour.
  Result<bool> knows(const Uuid& server);

 private:
  const LookUp look_up_;
  const Clock& clock_;
  std::mutex mutex_;                                 // guards what follows
  std::unordered_map<Uuid, SteadyInstant> servers_;  // when the database said that it exists
  SteadyInstant away_until_{};                       // not asked before
};

// Asks PostgreSQL.
KnownServers::LookUp instances_in(db::Pool& database);

}  // namespace monitron::ingest
