#pragma once
// Stored checks as they are run: settings read, own types filled in.

#include "contracts/check_type.hpp"
#include "store/checks.hpp"

namespace monitron::store {

// The types that users have defined. One whose definition this program cannot read is left out and
// logged.
contracts::CheckTypes own_check_types(pqxx::work& tx);
// What checks of this kind take: none, and nothing is asked, unless it is such a type.
contracts::CheckTypes own_check_types(pqxx::work& tx, const std::string& kind);

// Fault: invalid, when it cannot be run: its type is gone, or this program is too old for it.
Result<domain::CheckDefinition> definition_of(const Check& row, const contracts::CheckTypes& types);

}  // namespace monitron::store
