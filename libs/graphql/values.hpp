#pragma once
// Values of clients as what resolvers get, and values of resolvers as what clients get.
// https://spec.graphql.org/October2021/#sec-Input-Values

#include "graphql/schema.hpp"

namespace monitron::graphql {

// As deep as a document may be nested; variables come as JSON, whose depth nobody has counted.
inline constexpr int kMaxInputDepth = 50;

// A literal of a scalar or enum, coerced. Fault: invalid; the text says what was expected.
Result<Json> coerce_leaf(const TypeDefinition& type, const Value& literal);

// JSON of a client (or a default of the schema), coerced, defaults of input fields filled in.
// Fault: invalid; the text names the member: "filter.name: expected a string".
Result<Json> coerce_json(const Schema& schema, const Type& type, const Json& value);

// The variables of an operation. Null where a client said null; absent where it said nothing.
Checked<Json> coerce_variables(const Schema& schema, const Operation& operation,
                               const Json& variables);

// The arguments of a field or directive, which validation has accepted; what is left to go wrong is
// null of a variable where none may be. Fault: invalid.
Result<Json> coerce_arguments(const Schema& schema, const std::vector<InputValue>& definitions,
                              const std::vector<Argument>& arguments, const Json& variables);

// What a resolver gave for a scalar or enum. Fault: bug.
Result<Json> serialize(const TypeDefinition& type, const Json& value);

// `value` (a client's JSON, valid for `type`) as it is written in a document.
std::string literal(const Schema& schema, const Type& type, const Json& value);

}  // namespace monitron::graphql
