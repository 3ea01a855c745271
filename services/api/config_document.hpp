#pragma once
// The whole configuration as a document: YAML, or JSON, which is YAML too. Pure.

#include "api/answer.hpp"
#include "rules/yaml.hpp"

#include <string_view>

namespace monitron::api {

// Numbers, true and false where they are written without quotes; texts otherwise.
Json json_of(const rules::Yaml& yaml);

// Reads back as the same value.
std::string yaml_of(const Json& value);

// Where the member "checks[3].settings.http.method" is, or what of it is there.
int line_of(const rules::Yaml& document, std::string_view field);

// The same value with the members of all objects in the order of their names.
Json sorted(const Json& value);

}  // namespace monitron::api
