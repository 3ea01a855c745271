#pragma once
// A check's definition as JSON: the form of the API, of check.slice and of check.test.

#include "contracts/members.hpp"
#include "domain/check.hpp"

namespace monitron::contracts {

nlohmann::json check_to_json(const domain::CheckDefinition& check);
// Only the member of the check's kind appears in it.
nlohmann::json check_settings_to_json(const domain::CheckDefinition& check);

// Members that are missing take their defaults. Names the member that is wrong; whether the check
// can be run is for domain::problems_of to say.
Result<domain::CheckDefinition> check_from_json(const nlohmann::json& body,
                                                const std::string& path);
// Reads {"http":{…}} and the like into `check`, whose kind is set.
Result<void> read_check_settings(const nlohmann::json& settings, domain::CheckDefinition& check);

}  // namespace monitron::contracts
