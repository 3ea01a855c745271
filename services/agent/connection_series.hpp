#pragma once
// The connections of a host as series: of each edge, of listening sockets, and of all by state; and
// as records of their log.

#include "agent/measurements.hpp"
#include "host/connection_watcher.hpp"

namespace monitron::agent {

void add_connections(const host::ConnectionRound& round, Measurements& out);
std::vector<contracts::ConnectionRecord> records_of(const std::vector<host::LoggedConnection>& log);

}  // namespace monitron::agent
