#pragma once
// The fields of a selection set, fragments and @skip / @include applied.
// https://spec.graphql.org/October2021/#CollectFields()

#include "graphql/schema.hpp"

namespace monitron::graphql {

struct CollectedField {
  std::string response_key;
  std::vector<const Selection*> selections{};  // never empty; all of them ask for the same
};

using SelectionSets = std::vector<const std::vector<Selection>*>;

// In the order of the document. `object` is the concrete type. Recurses as deep as the document is
// nested, through each fragment once.
std::vector<CollectedField> collect_fields(const Schema& schema, const Document& document,
                                           const TypeDefinition& object, const SelectionSets& sets,
                                           const Json& variables);

}  // namespace monitron::graphql
