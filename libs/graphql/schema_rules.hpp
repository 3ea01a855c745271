#pragma once
// What a schema must keep to. https://spec.graphql.org/October2021/#sec-Type-System

#include "graphql/schema.hpp"

namespace monitron::graphql {

std::vector<std::string> broken_rules(const Schema& schema);

}  // namespace monitron::graphql
