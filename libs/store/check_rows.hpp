#pragma once
// Reading rows of `checks`, for the files of this room only.

#include "store/checks.hpp"
#include "store/row.hpp"

namespace monitron::store {

const std::string& check_columns();
Check read_check(const pqxx::row& row);

}  // namespace monitron::store
