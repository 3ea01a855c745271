#pragma once
// Reading rows of `checks`, for the files of this room only.

#include "store/checks.hpp"
#include "store/row.hpp"

#include <span>

namespace monitron::store {

const std::string& check_columns();
Check read_check(const pqxx::row& row);

inline std::string array_of(std::span<const Uuid> ids) {
  std::string text = "{";
  for (const auto& id : ids) {
    if (text.size() > 1) text += ',';
    text += id.str();
  }
  return text + "}";
}

}  // namespace monitron::store
