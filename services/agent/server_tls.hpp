#pragma once
// How the agent and its server know each other over TLS. The server's certificate is verified
// always; the agent shows one of its own where it was given one (mutual TLS).

#include "http/client.hpp"

#include <string>

namespace monitron::agent {

struct ServerTls {
  std::string ca_file{};           // PEM; empty: the system's
  std::string certificate_file{};  // PEM; empty: none is shown
  std::string key_file{};
};

inline void use(const ServerTls& tls, http::ClientRequest& request) {
  request.ca_file = tls.ca_file;
  request.certificate_file = tls.certificate_file;
  request.key_file = tls.key_file;
}

}  // namespace monitron::agent
