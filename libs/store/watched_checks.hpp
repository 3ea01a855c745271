#pragma once
// What the checker's watcher looks at: states of the members of groups, and silence. Of checks that
// are enabled.

#include "base/clock.hpp"
#include "domain/check.hpp"
#include "store/tx.hpp"

#include <span>
#include <unordered_map>
#include <vector>

namespace monitron::store {

struct NamedState {
  std::string name{};
  domain::CheckStatus status = domain::CheckStatus::unknown;  // hard; of all locations together
};
// Those of `checks` that are there and enabled.
std::unordered_map<Uuid, NamedState> named_states(pqxx::work& tx, std::span<const Uuid> checks);

// Members of these settings (JSON) that are no checks and were no members before.
std::vector<std::string> unknown_members(pqxx::work& tx, const Uuid& group,
                                         const std::string& settings);
// Whether a group with these settings (JSON) would be its own member, over whatever groups.
bool is_within_itself(pqxx::work& tx, const Uuid& group, const std::string& settings);

// A check at a location from where no result has come for too long, and nobody said so yet.
struct SilentCheck {
  Uuid check{};
  std::string location{};
  Instant latest{};          // slot of its latest result there; 1970: it has none
  Instant since{};           // the check is there as it is
  bool scheduled = false;    // a checker of the location was seen within the last minute
  std::string missed_why{};  // of the latest slot since then of which somebody said it; or empty
};
// Silence counts from the latest result, from the change of the check and, up to ten minutes, from
// when somebody began to watch: two intervals, the time limit and five seconds.
std::vector<SilentCheck> silent_checks(pqxx::work& tx, Instant now, Instant watched_since,
                                       int limit);
// The latest slot of all results.
std::optional<Instant> newest_slot(pqxx::work& tx);

}  // namespace monitron::store
