#pragma once
// How much one request may ask for. Counted before anything is executed.
//
// Depth counts fields below fields; fragments are no level of their own. Introspection is counted
// apart, below __schema and __type: the queries of usual tools go some 15 levels down there (a type
// of a type of a type …), which is deeper than any question about data, and cheap. What would make
// it expensive is a list of a type's fields inside of such a list, so those are counted, too.
//
// The cost of a field is the `cost` of its definition plus, for each item of the page that it is
// asked for, the cost of what is selected below. The page is the value of its argument `first` or
// `last` (the larger; its default when it is not given), and one where there is no such argument.
// So a field with pages should give its argument a default. Fields that @skip or @include leave out
// are counted.

#include "graphql/schema.hpp"

namespace monitron::graphql {

struct Limits {
  ParseLimits parse{};
  int aliases = 30;     // in the document
  int directives = 20;  // in the document
  int depth = 10;
  double cost = 10'000;
  bool introspection = false;  // whether __schema and __type are served; __typename always is
  int introspection_depth = 20;
  int introspection_lists = 2;  // fields, inputFields, interfaces, possibleTypes inside each other
};

// What can be said without a schema: aliases, directives, introspection.
std::vector<RequestError> beyond_limits(const Document& document, const Limits& limits);

// Depth and cost. The document has passed validation (so no fragment spreads itself); `variables`
// are coerced.
std::vector<RequestError> beyond_limits(const Schema& schema, const Document& document,
                                        const Operation& operation, const Json& variables,
                                        const Limits& limits);

}  // namespace monitron::graphql
