#pragma once
// Networks of IP addresses, as people write them (RFC 4632 3.1, RFC 4291 2.3). Threads: any.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace monitron {

struct IpNetwork {
  std::array<std::uint8_t, 16> first{};  // IPv4 as IPv4-mapped (RFC 4291 2.5.5.2)
  unsigned bits = 128;                   // of `first` that count; of IPv4 with the 96 before it
  bool operator==(const IpNetwork&) const = default;
};

// "10.0.0.0/8", "2001:db8::/32", or one address. What is beyond the bits is taken as 0. Nothing: it
// is neither.
std::optional<IpNetwork> parse_ip_network(std::string_view text);

// An IPv4 address, mapped to IPv6 to be sent to.
IpNetwork network_of_ipv4(const std::uint8_t* bytes);

// Whether all addresses of `part` are in it. None of IPv4 is in a network of IPv6, "::/0" or other.
bool includes(const IpNetwork& whole, const IpNetwork& part);

}  // namespace monitron
