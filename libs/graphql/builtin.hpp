#pragma once
// What every schema has without writing it.

#include "graphql/schema.hpp"

namespace monitron::graphql {

// Int, Float, String, Boolean, ID.
// https://spec.graphql.org/October2021/#sec-Scalars.Built-in-Scalars
std::vector<TypeDefinition> builtin_scalars();
bool is_builtin_scalar(std::string_view name);

std::vector<DirectiveDefinition> builtin_directives();
bool is_builtin_directive(std::string_view name);

// __Schema, __Type … and the fields __schema and __type that lead to them: served by resolvers like
// all others. https://spec.graphql.org/October2021/#sec-Introspection
std::vector<TypeDefinition> introspection_types();
std::vector<FieldDefinition> introspection_fields();

}  // namespace monitron::graphql
