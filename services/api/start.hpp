#pragma once
// The steps of a start: schema, first accounts.

#include "api/context.hpp"

namespace monitron::api {

// Applies migrations; waits for a database that is not there yet, at most `patience`.
Result<void> prepare_database(const Config& config, std::chrono::seconds patience);

// Says in the log what passwords cost here, and which cost would take the time that is meant.
void tell_hash_cost(const Config& config);

}  // namespace monitron::api
