#pragma once
// Leases: what only one program may do at a time. A lease that is not renewed runs out; each new
// holder gets a higher fence, by which late acts of the one before are known. Each service has
// names of its own ("checker.scheduler.<location>").

#include "base/clock.hpp"
#include "store/tx.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace monitron::store {

// Takes or renews; the fence, or nothing while somebody else holds it.
std::optional<std::int64_t> hold_lease(pqxx::work& tx, const std::string& name,
                                       const std::string& holder, std::chrono::milliseconds ttl);
// True while that holder has it by this fence, and until the transaction ends: nobody takes it over
// before what is done under it is committed.
bool holds_lease(pqxx::work& tx, const std::string& name, const std::string& holder,
                 std::int64_t fence);
// When it runs out or ran out; nothing when nobody ever had it.
std::optional<Instant> lease_end(pqxx::work& tx, const std::string& name);
// For how long it has been over, by PostgreSQL's clock as all of it; negative: it is not.
std::optional<std::chrono::milliseconds> lease_over_for(pqxx::work& tx, const std::string& name);
// Gives it back, so that the next one need not wait.
void release_lease(pqxx::work& tx, const std::string& name, const std::string& holder);

}  // namespace monitron::store
