#pragma once
// What the description of the REST interface (docs/swagger.json) says of a route and of the values
// that it takes and answers: what GraphQL has is made of it, so that the two cannot differ.

#include "api/answer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace monitron::api {

struct Parameter {
  std::string name{};
  bool in_path = false;
  bool required = false;
  bool repeated = false;  // an array whose items are given one by one
  Json schema{};
  std::string description{};
};

struct Operation {
  http::Method method = http::Method::get;
  std::string path{};  // "/api/v1/checks/{id}"
  std::string summary{};
  std::vector<Parameter> parameters{};  // of the path and the query
  Json body{};                          // its schema; null: it takes none
  Json answer{};                        // the schema of its success; null: it has no body
};

// A schema without what stands around it: references, alternatives with null, parts to be joined.
struct Shape {
  Json schema{};
  std::string name{};  // of the reference, or what it was called before
  bool nullable = false;
};

class Description {
 public:
  explicit Description(std::string_view openapi);

  // What is not described is a broken invariant.
  Operation operation(http::Method method, const std::string& path) const;
  Shape shape_of(Json schema, std::string name) const;

 private:
  const Json& referred(const std::string& reference) const;

  Json document_;
};

}  // namespace monitron::api
