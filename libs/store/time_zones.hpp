#pragma once
// Time zones as PostgreSQL knows them (its own IANA database).

#include "base/clock.hpp"
#include "store/tx.hpp"

#include <optional>

namespace monitron::store {

bool is_time_zone(pqxx::work& tx, const std::string& name);
// When it is next `at` ("07:30") in that zone; for showing only.
std::optional<Instant> next_daily(pqxx::work& tx, const std::string& at, const std::string& zone);

}  // namespace monitron::store
