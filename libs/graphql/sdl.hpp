#pragma once
// A schema as text in the schema definition language, for a file beside the documentation. Sorted
// by name, so that a change of the schema is the only change of the file.
// https://spec.graphql.org/October2021/#sec-Type-System

#include "graphql/schema.hpp"

namespace monitron::graphql {

std::string to_sdl(const Schema& schema);

}  // namespace monitron::graphql
