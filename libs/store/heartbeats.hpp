#pragma once
// What the checker's watcher knows of heartbeats. Written by checker.

#include "domain/heartbeat.hpp"
#include "store/tx.hpp"

#include <map>
#include <span>
#include <vector>

namespace monitron::store {

struct Heartbeat {
  domain::HeartbeatState state{};
  std::map<std::string, std::string> details{};  // of its last ping
  bool operator==(const Heartbeat&) const = default;
};
using Heartbeats = std::map<Uuid, Heartbeat>;

Heartbeats all_heartbeats(pqxx::work& tx);
// Locked until the transaction ends; those that have no row yet are left out.
Heartbeats lock_heartbeats(pqxx::work& tx, std::span<const Uuid> checks);
void save_heartbeats(pqxx::work& tx, const Heartbeats& heartbeats);
// Of checks that are deleted or disabled.
void drop_dead_heartbeats(pqxx::work& tx);

// A time in which pings may have been turned away.
struct PingOutage {
  Instant from{};
  Instant to{};
  std::string what{};
  bool operator==(const PingOutage&) const = default;
};
// Those of the last hundred days, by their ends.
std::vector<PingOutage> ping_outages(pqxx::work& tx);
// These and no others.
void save_ping_outages(pqxx::work& tx, std::span<const PingOutage> outages);

}  // namespace monitron::store
