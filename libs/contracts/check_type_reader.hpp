#pragma once
// The first step of reading an own type of checks: its YAML. Pure. Threads: any.

#include "contracts/check_type.hpp"

namespace monitron::contracts {

// What is wrong with the members of the definition; of those that stand for values of a check,
// `target` and `settings`, only their form is looked at. Empty: `into` is the type.
std::vector<domain::CheckProblem> read_definition(std::string_view yaml, CheckType& into);

}  // namespace monitron::contracts
