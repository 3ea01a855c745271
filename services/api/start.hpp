#pragma once
// The steps of a start: schema, first accounts.

#include "api/context.hpp"

namespace monitron::api {

// Applies migrations; waits for a database that is not there yet, at most `patience`.
Result<void> prepare_database(const Config& config, std::chrono::seconds patience);

}  // namespace monitron::api
