#pragma once
// A connection that stands, with its TLS session if it has one.

#include "probe/connection.hpp"
#include "probe/tls_client.hpp"

#include <optional>

namespace monitron::probe {

struct Link {
  Connection connection;
  std::unique_ptr<TlsClient> session;  // null: plain
  std::optional<PeerCertificate> certificate;
  Address address;
};

}  // namespace monitron::probe
