#pragma once
// What monitoring has found out, for reading: the latest state of checks, the freshness of
// instances, events and trial results. Written by ingest's writer.

#include "base/clock.hpp"
#include "domain/check_verdict.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

// An agent that was silent for longer than this is not taken for alive.
inline constexpr std::chrono::seconds kAgentFresh{60};

struct CheckState {
  std::string status = "unknown";  // or up, down, and of a check as a whole: paused
  std::optional<Instant> since{};
  std::string last_result{};  // JSON as the API shows it; empty: none yet
  bool flapping = false;
  double flapping_percent = 0;
  bool warning = false;  // up, but somebody should look at it
};
// Of a check as a whole; the result is that of the location heard of last.
std::map<Uuid, CheckState> check_states(pqxx::work& tx, const std::vector<Uuid>& checks);

// Of each location that a check runs from, in the order of its definition.
struct LocatedCheck {
  std::string location{};
  CheckState state{};
};
std::vector<LocatedCheck> located_states(pqxx::work& tx, const Uuid& check);

// For who follows results as the writer does. Of all enabled checks, or of one.
std::map<Uuid, domain::CheckStates> counted_states(pqxx::work& tx,
                                                   const std::optional<Uuid>& check = {});

struct InstanceHealth {
  std::optional<Instant> last_seen{};
  bool agent = false;  // scripts send when they like: their silence is no failure
  int up = 0;
  int down = 0;
  int unknown = 0;
  // The worst of its checks and of its agent's freshness.
  std::string status(Instant now) const;
};
std::map<Uuid, InstanceHealth> instance_health(pqxx::work& tx, const std::vector<Uuid>& instances);

}  // namespace monitron::store
