#pragma once
// Addresses of targets, and the networks that checks may and may not reach.

#include "base/ip_network.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe {

struct Address {
  sockaddr_storage storage{};

  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  socklen_t length() const {
    return storage.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  }
  int family() const { return storage.ss_family; }
  void set_port(int port);
  int port() const;
  std::string str() const;    // without port
  std::string bytes() const;  // 4 or 16

  static Address of(const sockaddr* raw);
  // Numeric only, decimal dotted or IPv6. Fault: invalid.
  static Result<Address> parse(std::string_view text);
};

// A list of CIDR blocks. An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4) is judged
// by that one too, so that no form leads around the list.
class Networks {
 public:
  static Result<Networks> parse(const std::vector<std::string>& blocks);
  bool contains(const Address& address) const;
  bool empty() const { return blocks_.empty(); }

 private:
  bool matches(const IpNetwork& address) const;
  std::vector<IpNetwork> blocks_;
};

// Cloud metadata, link-local, "this network" and multicast.
const std::vector<std::string>& default_denied_networks();

}  // namespace monitron::probe
