#include "store/leases.hpp"

namespace monitron::store {

std::optional<std::int64_t> hold_lease(pqxx::work& tx, const std::string& name,
                                       const std::string& holder, std::chrono::milliseconds ttl) {
  // clock_timestamp: now() is the start of a transaction that may have waited for the row.
  const auto rows = tx.exec_params(
      "INSERT INTO leases AS l (name, holder, fence, expires_at) "
      "VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3)) "
      "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = "
      "excluded.expires_at, "
      "fence = CASE WHEN l.holder = excluded.holder THEN l.fence ELSE l.fence + 1 END "
      "WHERE l.holder = excluded.holder OR l.expires_at < clock_timestamp() RETURNING fence",
      name, holder, static_cast<double>(ttl.count()) / 1000.0);
  if (rows.empty()) return std::nullopt;
  return rows[0][0].as<std::int64_t>();
}

bool holds_lease(pqxx::work& tx, const std::string& name, const std::string& holder,
                 std::int64_t fence) {
  return !tx.exec_params(
                "SELECT 1 FROM leases WHERE name = $1 AND holder = $2 AND fence = $3 FOR SHARE",
                name, holder, fence)
              .empty();
}

std::optional<Instant> lease_end(pqxx::work& tx, const std::string& name) {
  const auto rows = tx.exec_params(
      "SELECT (extract(epoch FROM expires_at) * 1000)::bigint FROM leases WHERE name = $1", name);
  if (rows.empty()) return std::nullopt;
  return from_ms(rows[0][0].as<std::int64_t>());
}

std::optional<std::chrono::milliseconds> lease_over_for(pqxx::work& tx, const std::string& name) {
  const auto rows = tx.exec_params(
      "SELECT (extract(epoch FROM clock_timestamp() - expires_at) * 1000)::bigint FROM leases "
      "WHERE name = $1",
      name);
  if (rows.empty()) return std::nullopt;
  return std::chrono::milliseconds(rows[0][0].as<std::int64_t>());
}

void release_lease(pqxx::work& tx, const std::string& name, const std::string& holder) {
  tx.exec_params0(
      "UPDATE leases SET expires_at = clock_timestamp() - interval '1 ms' "
      "WHERE name = $1 AND holder = $2",
      name, holder);
}

}  // namespace monitron::store
