#pragma once
// Who listens, read back from what agents tell (connection_listener_…). Pure.

#include "promql/labels.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace monitron::connections {

struct Listener {
  std::string server_id{};
  std::string hostname{};
  std::string address{};  // "0.0.0.0" and "::" are all of them
  std::string port{};
  std::string service_type{};  // "" when it is not known, like what follows
  std::string process{};
  std::string user{};
  std::string container{};
  std::string unit{};
  bool up = true;      // else nobody listens there any more
  double waiting = 0;  // connections to be accepted
  double most_waiting = 0;
};

// A series with its value.
using Gauges = std::vector<std::pair<promql::Labels, double>>;
inline constexpr std::string_view kListenerMetrics =
    "connection_listener_(up|waiting|waiting_limit|process_info)";
std::vector<Listener> listeners_of(const Gauges& gauges);  // by host, address and port

}  // namespace monitron::connections
