#pragma once
// The log of connections: each that agents told of, once. Written by ingest
// (series/connection_log.hpp).

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/page.hpp"
#include "store/scope.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct LoggedConnection {
  Uuid id{};
  Uuid instance_id{};
  std::string hostname{};  // "" when the instance is gone
  Instant opened_at{};
  std::optional<Instant> ended_at{};
  bool inbound = false;
  std::string local_ip{};
  int local_port = 0;
  std::string remote_ip{};
  int remote_port = 0;
  std::string outcome{};  // "" as long as it has not ended
  std::string process{};  // this and what follows: "" when it is not known
  std::string user{};
  std::string container{};
  std::string unit{};
  std::int64_t sent_bytes = 0;
  std::int64_t received_bytes = 0;
};

struct ConnectionLogQuery {
  PageQuery page{};
  Scope scope{};
  std::optional<Uuid> instance{};
  std::string remote{};       // an address or a network, as 10.0.0.0/8
  std::optional<int> port{};  // of the service: local when inbound, else remote
  std::optional<bool> inbound{};
  std::optional<std::string> outcome{};
  std::string process{};
  std::optional<Instant> from{};  // opened; inclusive
  std::optional<Instant> to{};    // exclusive
};

// By when they were opened.
const Listing& connection_log_listing();
Page<LoggedConnection> list_connection_log(pqxx::work& tx, const ConnectionLogQuery& query);

}  // namespace monitron::store
