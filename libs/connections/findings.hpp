#pragma once
// What is wrong with connections, or could be better, and what to do about it. Pure.

#include "connections/edges.hpp"
#include "connections/listeners.hpp"

namespace monitron::connections {

struct Finding {
  enum class Severity { info, warning, critical };
  std::string kind{};  // "failing", "churn", "lossy", "slow", "receiver_limited",
                       // "sender_limited", "backlog_full", "service_gone"
  Severity severity = Severity::info;
  std::string server_id{};
  std::string hostname{};
  std::string direction{};  // "" of a listener
  std::string peer{};       // likewise
  std::string address{};    // of a listener, else ""
  std::string port{};
  std::string service_type{};
  double value = 0;       // what the summary is about
  std::string summary{};  // "12 of 40 attempts failed in 5 minutes: 12 refused"
  std::string advice{};
};
std::string_view to_string(Finding::Severity severity);

// The gravest first. Of edges over a window that long.
std::vector<Finding> findings_of(const std::vector<Edge>& edges,
                                 const std::vector<Listener>& listeners);

}  // namespace monitron::connections
