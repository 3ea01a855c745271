#include "probe/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>

namespace monitron::probe {

void Address::set_port(int port) {
  const auto number = htons(static_cast<std::uint16_t>(port));
  if (family() == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port = number;
  } else {
    reinterpret_cast<sockaddr_in*>(&storage)->sin_port = number;
  }
}

std::string Address::bytes() const {
  if (family() == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
    return {reinterpret_cast<const char*>(&v6), sizeof(v6)};
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr;
  return {reinterpret_cast<const char*>(&v4), sizeof(v4)};
}

int Address::port() const {
  return ntohs(storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

std::string Address::str() const {
  if (family() == AF_INET) {  // inet_ntop would print it with sprintf
    std::string text;
    for (const char byte : bytes()) {
      if (!text.empty()) text += '.';
      text += std::to_string(static_cast<unsigned char>(byte));
    }
    return text;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family(), bytes().data(), text.data(), text.size());
  return text.data();
}

Address Address::of(const sockaddr* raw) {
  Address address;
  const auto size = raw->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  std::memcpy(&address.storage, raw, size);
  return address;
}

Result<Address> Address::parse(std::string_view text) {
  Address address;
  const std::string copy(text);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, copy.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    return address;
  }
  address = {};
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET6, copy.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    return address;
  }
  return fail(Fault::invalid, "not an address: " + copy);
}

Result<Networks> Networks::parse(const std::vector<std::string>& blocks) {
  Networks networks;
  for (const auto& text : blocks) {
    const auto network = parse_ip_network(text);
    if (!network) return fail(Fault::invalid, "not a network: " + text);
    networks.blocks_.push_back(*network);
  }
  return networks;
}

bool Networks::matches(const IpNetwork& address) const {
  return std::any_of(blocks_.begin(), blocks_.end(),
                     [&](const auto& block) { return includes(block, address); });
}

bool Networks::contains(const Address& address) const {
  const std::string text = address.bytes();
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (text.size() == 4) return matches(network_of_ipv4(bytes));
  IpNetwork v6;
  std::copy_n(bytes, v6.first.size(), v6.first.begin());
  if (matches(v6)) return true;
  const std::string_view view(text);
  const bool compatible = view.substr(0, 12) == std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0", 12);
  const bool nat64 = view.substr(0, 4) == std::string_view("\0\x64\xff\x9b", 4);
  // ::1 has the form of a compatible address of 0.0.0.1, but is loopback.
  if (IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr)) {
    return false;
  }
  if (compatible || nat64) return matches(network_of_ipv4(bytes + 12));
  const bool six_to_four = view.substr(0, 2) == std::string_view("\x20\x02", 2);
  return six_to_four && matches(network_of_ipv4(bytes + 2));
}

const std::vector<std::string>& default_denied_networks() {
  static const std::vector<std::string> kNetworks{
      "0.0.0.0/8",         "169.254.0.0/16", "100.100.100.200/32", "224.0.0.0/4", "fe80::/10",
      "fd00:ec2::254/128", "ff00::/8"};
  return kNetworks;
}

}  // namespace monitron::probe
