#pragma once
// An assertion on the JSON of an answer.

#include "domain/check_settings.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace monitron::probe {

class Expressions;

// What does not hold, with the path, what is there and what should be; empty: all is well. Every
// value that the path selects must fit, and there must be one.
std::string complain(const domain::JsonAssertion& assertion, const nlohmann::json& document,
                     Expressions& expressions);

// A value as people read it, cut to some 100 bytes.
std::string shown(const nlohmann::json& value);

}  // namespace monitron::probe
