#pragma once
// What a mutation does: each field is one request of the REST interface.

#include "api/graphql/connections.hpp"

namespace monitron::api {

graphql::TypeDefinition mutation_type(Types& types, const Description& description);

}  // namespace monitron::api
