#pragma once
// A query that asks for all that can be asked about a schema, as deep as the queries that tools
// send when they are opened: types in nine wrappers, arguments of fields and directives, deprecated
// members.

#include <string>

namespace monitron::graphql {

inline const std::string kToolsIntrospection = R"(
query Everything {
  __schema {
    description
    queryType { name kind }
    mutationType { name kind }
    subscriptionType { name kind }
    types { ...Whole }
    directives { name description isRepeatable locations args { ...Input } }
  }
}
fragment Whole on __Type {
  kind name description specifiedByURL
  fields(includeDeprecated: true) {
    name description
    args { ...Input }
    type { ...Wrapped }
    isDeprecated deprecationReason
  }
  inputFields { ...Input }
  interfaces { ...Wrapped }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...Wrapped }
}
fragment Input on __InputValue { name description type { ...Wrapped } defaultValue }
fragment Wrapped on __Type {
  kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
    kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } }
  } } } } } } }
}
)";

}  // namespace monitron::graphql
