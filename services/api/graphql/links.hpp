#pragma once
// Fields that lead from one thing to another. What stands below a list is asked for once for all of
// them, not once for each.

#include "api/graphql/connections.hpp"

namespace monitron::api {

// Adds them to the types that there are.
void add_links(Types& types, const Description& description);

}  // namespace monitron::api
