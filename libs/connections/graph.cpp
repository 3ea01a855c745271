#include "connections/graph.hpp"

#include <algorithm>
#include <tuple>

namespace monitron::connections {
namespace {

// What one end sees of a dependency, all its edges together.
struct Seen {
  double open = 0, opened = 0, failed = 0, attempts = 0;
  double sent = 0, received = 0;  // bytes per second
  End end{};
  double busiest = -1;  // bytes per second of the edge that `end` is of
};

void add(const Edge& edge, std::optional<Seen>& to) {
  if (!to) to.emplace();
  to->open += edge.open;
  to->opened += edge.opened;
  to->failed += edge.failures();
  to->attempts += edge.attempts();
  to->sent += edge.sent_bytes_per_second();
  to->received += edge.received_bytes_per_second();
  const double bytes = edge.sent_bytes_per_second() + edge.received_bytes_per_second();
  if (bytes <= to->busiest) return;
  to->busiest = bytes;
  to->end = {edge.limited_by(), edge.rtt_seconds, edge.resent_ratio()};
}

struct Pair {
  std::string service_type{};
  std::optional<Seen> client{}, service{};
};
using Key = std::tuple<std::string, std::string, std::string>;  // client, service, port

// The client's view is told where there is one: it alone sees attempts that come to nothing.
Dependency dependency_of(const Key& key, const Pair& pair) {
  const auto& [client, service, port] = key;
  Dependency one{
      .client = client, .service = service, .port = port, .service_type = pair.service_type};
  const auto& seen = pair.client ? *pair.client : *pair.service;
  one.open = seen.open;
  one.opened = seen.opened;
  one.failed = seen.failed;
  if (seen.attempts > 0) one.error_ratio = seen.failed / seen.attempts;
  one.sent_bytes_per_second = pair.client ? seen.sent : seen.received;
  one.received_bytes_per_second = pair.client ? seen.received : seen.sent;
  if (pair.client) one.at_client = pair.client->end;
  if (pair.service) one.at_service = pair.service->end;
  return one;
}

}  // namespace

void AddressBook::add(const std::string& address, const std::string& server_id) {
  const auto [at, is_new] = owners_.try_emplace(address, server_id);
  if (!is_new && at->second != server_id) at->second.clear();
}

std::string AddressBook::owner_of(const std::string& address) const {
  const auto found = owners_.find(address);
  return found == owners_.end() ? "" : found->second;
}

bool is_loopback(std::string_view address) {
  return address == "::1" || address.starts_with("127.");
}

Graph graph_of(const std::vector<Edge>& edges, const AddressBook& addresses) {
  std::map<Key, Pair> pairs;
  std::map<std::string, Node> nodes;
  for (const auto& edge : edges) {
    auto& here = nodes[edge.server_id];
    here.is_instance = true;
    here.labels = edge.labels;
  }
  for (const auto& edge : edges) {
    auto peer = is_loopback(edge.peer) ? edge.server_id : addresses.owner_of(edge.peer);
    if (peer.empty()) peer = edge.peer;
    nodes[peer].is_instance |= peer != edge.peer;
    const bool inbound = edge.direction == "inbound";
    auto& pair = pairs[inbound ? Key{peer, edge.server_id, edge.port}
                               : Key{edge.server_id, peer, edge.port}];
    // Who listens knows by its process what it is.
    if (inbound || pair.service_type.empty()) pair.service_type = edge.service_type;
    add(edge, inbound ? pair.service : pair.client);
  }
  Graph graph;
  for (auto& [id, node] : nodes) {
    node.id = id;
    graph.nodes.push_back(std::move(node));
  }
  for (const auto& [key, pair] : pairs) graph.dependencies.push_back(dependency_of(key, pair));
  return graph;
}

}  // namespace monitron::connections
