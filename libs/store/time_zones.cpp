#include "store/time_zones.hpp"

#include "store/row.hpp"

namespace monitron::store {

bool is_time_zone(pqxx::work& tx, const std::string& name) {
  return !tx.exec_params("SELECT 1 FROM pg_timezone_names WHERE name = $1 LIMIT 1", name).empty();
}

std::optional<Instant> next_daily(pqxx::work& tx, const std::string& at, const std::string& zone) {
  const auto row = tx.exec_params1(
      "SELECT (extract(epoch FROM min(t)) * 1000)::bigint FROM (SELECT "
      "(date_trunc('day', now() AT TIME ZONE $2) + $1::time + make_interval(days => d)) "
      "AT TIME ZONE $2 AS t FROM generate_series(0, 1) AS d) AS slots WHERE t > now()",
      at, zone);
  return optional_instant_of(row[0]);
}

}  // namespace monitron::store
