#include "base/ip_network.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <string>

namespace monitron {
namespace {

constexpr unsigned kMappedBits = 96;

std::optional<IpNetwork> parse_address(const std::string& text) {
  IpNetwork one;
  if (inet_pton(AF_INET6, text.c_str(), one.first.data()) == 1) return one;
  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, text.c_str(), v4.data()) != 1) return std::nullopt;
  return network_of_ipv4(v4.data());
}

bool is_ipv4(const IpNetwork& network) {
  static constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0,    0,
                                                           0, 0, 0, 0, 0xff, 0xff};
  return network.bits >= kMappedBits &&
         std::equal(kMapped.begin(), kMapped.end(), network.first.begin());
}

void cut(std::array<std::uint8_t, 16>& bytes, unsigned bits) {
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = std::clamp(bits, i * 8, i * 8 + 8) - i * 8;
    bytes[i] &= static_cast<std::uint8_t>(0xff00U >> kept);
  }
}

}  // namespace

IpNetwork network_of_ipv4(const std::uint8_t* bytes) {
  IpNetwork one;
  one.first[10] = one.first[11] = 0xff;
  std::copy_n(bytes, 4, one.first.begin() + 12);
  return one;
}

std::optional<IpNetwork> parse_ip_network(std::string_view text) {
  const auto slash = text.find('/');
  const std::string address(text.substr(0, slash));
  auto network = parse_address(address);
  if (!network || slash == std::string_view::npos) return network;
  const bool is_v4 = address.find(':') == std::string::npos;
  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (bits > (is_v4 ? 32 : 128)) return std::nullopt;
  network->bits = is_v4 ? bits + kMappedBits : bits;
  cut(network->first, network->bits);
  return network;
}

bool includes(const IpNetwork& whole, const IpNetwork& part) {
  if (part.bits < whole.bits || is_ipv4(part) != is_ipv4(whole)) return false;
  auto first = part.first;
  cut(first, whole.bits);
  return first == whole.first;
}

}  // namespace monitron
