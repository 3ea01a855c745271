#pragma once
// The whole schema: docs/schema.graphql is its text.

#include "api/graphql/description.hpp"
#include "graphql/schema.hpp"

namespace monitron::api {

// Its resolvers expect an Asking as their context. `description` outlives it.
graphql::Schema graphql_schema(const Description& description);

}  // namespace monitron::api
