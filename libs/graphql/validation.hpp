#pragma once
// Whether a document may be executed on a schema: all rules of section 5 of the specification.
// https://spec.graphql.org/October2021/#sec-Validation
//
// Messages name what the client wrote and what is wrong with it, never what it might have meant:
// a schema that is not shown is not to be guessed from answers.

#include "graphql/schema.hpp"

namespace monitron::graphql {

// Nothing: it may. At most kMaxErrors. Takes time in proportion to the document and, for
// fragments, to the operations that spread them; fields that could be merged in very many ways are
// refused as too many (see merging.cpp).
std::vector<RequestError> validate(const Schema& schema, const Document& document);

inline constexpr std::size_t kMaxErrors = 20;

}  // namespace monitron::graphql
