#pragma once
// A check's definition as JSON: the form of the API, of check.slice and of check.test.

#include "contracts/members.hpp"
#include "domain/check.hpp"

namespace monitron::contracts {

nlohmann::json check_to_json(const domain::CheckDefinition& check);
// The same as text, without the id and without members that check_from_json would give anyway: it
// is held for each check of a location and travels with each slice.
std::string members_text(const domain::CheckDefinition& check);
// {"http":{…}}: the member of the check's kind, complete with defaults.
nlohmann::json check_settings_to_json(const domain::CheckDefinition& check);

// Members that are missing take their defaults. Names the member that is wrong; whether the check
// can be run is for domain::problems_of to say.
Result<domain::CheckDefinition> check_from_json(const nlohmann::json& body,
                                                const std::string& path);
// Reads {"http":{…}} and the like into `into`. Every member that is unknown or of a wrong type is a
// problem, named as the API names it; code "unknown" may come from a newer program.
std::vector<domain::CheckProblem> read_check_settings(domain::CheckKind kind,
                                                      const nlohmann::json& settings,
                                                      domain::CheckSettings& into);

// The settings of a kind as a schema of OpenAPI 3.1 (JSON Schema): types, limits, defaults and
// meanings. Secrets have "writeOnly".
nlohmann::json check_settings_schema(domain::CheckKind kind);

}  // namespace monitron::contracts
