#pragma once
// Rows whose time is over are dropped in pieces, so that no piece lasts long whatever has piled up.

#include "store/tx.hpp"

#include <string>

namespace monitron::store {

inline constexpr int kDroppedAtOnce = 5'000;

// Drops some of the rows for which `condition` holds (SQL, no parameters). How many; fewer than
// kDroppedAtOnce: there are no more.
int drop_some(pqxx::work& tx, const std::string& table, const std::string& condition);

}  // namespace monitron::store
