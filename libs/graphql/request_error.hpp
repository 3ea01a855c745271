#pragma once
// What a client is told when something is wrong with its request or with a field of the answer.
// https://spec.graphql.org/October2021/#sec-Errors

#include "base/result.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace monitron::graphql {

using Json = nlohmann::ordered_json;  // fields are answered in the order in which they were asked

// Of a character of a document; both count from 1, columns count code points.
struct Location {
  int line = 1;
  int column = 1;
  bool operator==(const Location&) const = default;
};

struct RequestError {
  std::string message;
  std::vector<Location> locations{};
  Json path{};         // of the field that failed: names and indexes; null where none did
  std::string code{};  // extensions.code: the fault, or which check refused the request

  bool operator==(const RequestError&) const = default;
};

// {"message", "locations", "path", "extensions"}; what is empty is left out.
Json to_json(const RequestError& error);

// What was asked for, or everything that is wrong with it; never an empty list of errors.
template <class T>
using Checked = tl::expected<T, std::vector<RequestError>>;

}  // namespace monitron::graphql
