#pragma once
// What the checker's watcher looks at: states of the members of groups. Of checks that are enabled.

#include "domain/check.hpp"
#include "store/tx.hpp"

#include <span>
#include <unordered_map>

namespace monitron::store {

struct NamedState {
  std::string name{};
  domain::CheckStatus status = domain::CheckStatus::unknown;  // hard; of all locations together
};
// Those of `checks` that are there and enabled.
std::unordered_map<Uuid, NamedState> named_states(pqxx::work& tx, std::span<const Uuid> checks);

}  // namespace monitron::store
