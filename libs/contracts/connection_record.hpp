#pragma once
// One TCP connection, or an attempt at one, as the agent at one of its ends tells it for the log of
// connections: when it is seen first, and again with its end. Part of a Batch (telemetry.hpp).

#include <cstdint>
#include <string>

namespace monitron::contracts {

struct ConnectionRecord {
  std::uint64_t cookie = 0;    // of its socket: with opened_ms its identity
  std::int64_t opened_ms = 0;  // or asked for, or seen first
  std::int64_t ended_ms = 0;   // 0: it has not
  bool inbound = false;
  std::string local_ip{};  // numeric
  std::uint16_t local_port = 0;
  std::string remote_ip{};  // numeric
  std::uint16_t remote_port = 0;
  std::string outcome{};  // "", "closed", "refused", "timed_out", "unreachable", "reset"
  std::string process{};  // this and what follows: "" when it is not known
  std::string user{};
  std::string container{};
  std::string unit{};
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
  bool operator==(const ConnectionRecord&) const = default;
};

}  // namespace monitron::contracts
