#pragma once
// Where the broker is.

#include "base/result.hpp"

#include <string>

namespace monitron::mq {

struct Endpoint {
  std::string host = "localhost";
  int port = 5672;
  std::string vhost = "/";
  std::string user = "guest";
  std::string password = "guest";
  // amqps: verified against ca_file (or the system's) and the host's name. rabbitmq-c 0.11 compares
  // names only: a certificate for an address is refused.
  bool tls = false;
  std::string ca_file;
  int heartbeat_s = 10;
};

// Reads amqp://user:password@host:port/vhost and amqps://… (percent-decoded). Fault: invalid.
Result<Endpoint> parse_endpoint(std::string_view url);

}  // namespace monitron::mq
