#pragma once
// Which service depends on which: the edges of all hosts put together, so that a connection between
// two hosts that both have an agent is one, seen from both ends. Pure.

#include "connections/edges.hpp"

namespace monitron::connections {

// Whose an address is, of those that one instance alone has and that are not its own to itself.
class AddressBook {
 public:
  void add(const std::string& address, const std::string& server_id);
  // "" when it is nobody's, or several instances' (private addresses are used more than once).
  std::string owner_of(const std::string& address) const;

 private:
  std::map<std::string, std::string> owners_;
};
bool is_loopback(std::string_view address);

// One end of a dependency, as the agent there sees it.
struct End {
  LimitedBy limited_by = LimitedBy::nothing;  // what it sends
  std::optional<double> rtt_seconds{};
  std::optional<double> resent_ratio{};
};

struct Dependency {
  std::string client{};   // an instance's id, or an address as in Edge::peer
  std::string service{};  // the same
  std::string port{};
  std::string service_type{};
  double open = 0;
  double opened = 0;
  double failed = 0;
  double sent_bytes_per_second = 0;  // by the client
  double received_bytes_per_second = 0;
  std::optional<double> error_ratio{};
  std::optional<End> at_client{}, at_service{};  // where an agent sees it
};

struct Node {
  std::string id{};          // as in Dependency
  bool is_instance = false;  // else an address
  promql::Labels labels{};   // of the instance
};

struct Graph {
  std::vector<Node> nodes{};               // by id
  std::vector<Dependency> dependencies{};  // by client, service, port
};
Graph graph_of(const std::vector<Edge>& edges, const AddressBook& addresses);

}  // namespace monitron::connections
