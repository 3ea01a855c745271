#pragma once
// Types of GraphQL for the values that the REST interface takes and answers. An object is handed
// from field to field as its JSON.

#include "api/graphql/description.hpp"
#include "graphql/schema.hpp"

namespace monitron::api {

// "flapping_percent" is flappingPercent.
std::string camel_case(std::string_view snake_case);

// What objects are called that are described as `described`: "incident_event" is IncidentEvent.
std::string type_name(const std::string& described);

// A value of a route's answer as one of `type`, which is made of objects or of leaves.
graphql::Output output_of(const Json& value, const graphql::Type& type, bool of_objects);

class Types {
 public:
  explicit Types(const Description& description);

  // The type of the values that `schema` describes. Types that this needs are made: objects are
  // called as they are described, and after `name` where they are described in their place.
  // Strings stay strings, also those of few values: a new value must break nobody who reads.
  graphql::Type output(const Json& schema, const std::string& name);
  // The same for what is taken; strings of few values are an enum, which is called `name`.
  graphql::Type input(const Json& schema, const std::string& name);

  bool has(const std::string& name) const { return types_.count(name) > 0; }
  bool is_object(const graphql::Type& type) const;
  graphql::TypeDefinition& definition(const std::string& name) { return types_.at(name); }
  void add(graphql::TypeDefinition type);
  std::vector<graphql::TypeDefinition> take();

 private:
  graphql::Type leaf(const Shape& shape, const std::string& member);
  graphql::Type object(const Shape& shape);
  graphql::Type input_object(const Shape& shape);

  const Description& description_;
  std::map<std::string, graphql::TypeDefinition> types_;
};

}  // namespace monitron::api
