#include "http/network.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace monitron::http {

std::string network_of(const std::string& address) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(reinterpret_cast<const in6_addr*>(bytes.data()))) {
    return inet_ntop(AF_INET, &bytes[12], text.data(), text.size());
  }
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
}

}  // namespace monitron::http
