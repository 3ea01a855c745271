#pragma once
// Data of series: PromQL, by the routes that evaluate it for everybody else.

#include "api/graphql/connections.hpp"

namespace monitron::api {

void add_series_fields(graphql::TypeDefinition& query, Types& types,
                       const Description& description);

}  // namespace monitron::api
