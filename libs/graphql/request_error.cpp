#include "graphql/request_error.hpp"

namespace monitron::graphql {

Json to_json(const RequestError& error) {
  Json json = {{"message", error.message}};
  for (const auto& location : error.locations) {
    json["locations"].push_back({{"line", location.line}, {"column", location.column}});
  }
  if (!error.path.is_null()) json["path"] = error.path;
  if (!error.code.empty()) json["extensions"] = {{"code", error.code}};
  return json;
}

}  // namespace monitron::graphql
