#include "ingest/known_servers.hpp"

#include "store/instances.hpp"

namespace monitron::ingest {
namespace {

constexpr std::chrono::seconds kFresh{30};
constexpr std::chrono::hours kAlone{1};  // while the database cannot be asked
constexpr std::chrono::seconds kLeaveAlone{2};
constexpr std::size_t kMaxServers = 100'000;

}  // namespace

Result<bool> KnownServers::knows(const Uuid& server) {
  const auto now = clock_.steady_now();
  std::optional<SteadyInstant> asked;
  bool away = false;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = servers_.find(server); found != servers_.end()) asked = found->second;
    away = now < away_until_;
  }
  if (asked && now - *asked < kFresh) return true;
  Result<bool> found = fail(Fault::unavailable, "the database is away");
  if (!away) found = look_up_(server);
  const std::lock_guard lock(mutex_);
  if (!found) {
    const bool transient = is_transient(found.error().fault);
    if (transient && !away) away_until_ = clock_.steady_now() + kLeaveAlone;
    if (transient && asked && now - *asked < kAlone) return true;
    return found;
  }
  if (servers_.size() >= kMaxServers) servers_.clear();
  if (*found) {
    servers_[server] = now;
  } else {
    servers_.erase(server);
  }
  return found;
}

KnownServers::LookUp instances_in(db::Pool& database) {
  return [&database](const Uuid& server) {
    return database.transact(
        [&](pqxx::work& tx) { return store::find_instance(tx, server).has_value(); });
  };
}

}  // namespace monitron::ingest
