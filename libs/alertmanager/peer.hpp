#pragma once
// One peer of Alertmanager: its address and what opens it, made of settings.

#include "base/result.hpp"

#include <string>
#include <vector>

namespace monitron::alertmanager {

// What all peers are spoken to with. A user, a bearer token and a certificate exclude nothing but
// user and token each other.
struct Credentials {
  std::string user{};  // basic authentication; a peer's own, in its address, wins
  std::string password{};
  std::string bearer_token{};
  std::string ca_file{};           // trusted authorities; empty: the system's
  std::string certificate_file{};  // of this client (PEM), with its key; empty: none
  std::string key_file{};
};

struct Peer {
  std::string url{};  // up to and without /api/…, without user and password: fit for logs
  std::string user{};
  std::string password{};
  bool operator==(const Peer&) const = default;
};

// As people read it: host, port and prefix of its address.
std::string name_of(const std::string& url);

struct Peers {
  std::vector<Peer> peers{};  // each once, in their order
  // Whether an address named /api/v1/alerts, which Alertmanager 0.27 has no more; it is taken for
  // the server's, whose version 2 is used.
  bool old_path = false;
};

// Of addresses like http://user:password@host:9093/prefix, with or without /api/v1/alerts or
// /api/v2/alerts at their end. Fault: invalid, without what the address holds of secrets.
Result<Peers> parse_peers(const std::vector<std::string>& addresses);

}  // namespace monitron::alertmanager
