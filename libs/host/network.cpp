#include "host/network.hpp"

#include "host/proc_file.hpp"
#include "host/scan.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <bit>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <tuple>

namespace monitron::host {
namespace {

int bits_of(const std::uint8_t* mask, std::size_t bytes) {
  int bits = 0;
  for (std::size_t i = 0; i < bytes; ++i) bits += std::popcount(mask[i]);
  return bits;
}

std::optional<NetworkAddress> address_of(const ifaddrs& one) {
  if (one.ifa_addr == nullptr || one.ifa_netmask == nullptr) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  NetworkAddress found{.device = one.ifa_name};
  if (one.ifa_addr->sa_family == AF_INET) {
    const auto& ip = reinterpret_cast<const sockaddr_in*>(one.ifa_addr)->sin_addr;
    const auto& mask = reinterpret_cast<const sockaddr_in*>(one.ifa_netmask)->sin_addr;
    inet_ntop(AF_INET, &ip, text.data(), text.size());
    found.prefix_bits = std::popcount(mask.s_addr);
    const auto first = ntohl(ip.s_addr) >> 24U;
    found.scope = first == 127                         ? "interface-local"
                  : ntohl(ip.s_addr) >> 16U == 0xa9feU ? "link-local"
                                                       : "global";
  } else if (one.ifa_addr->sa_family == AF_INET6) {
    const auto& ip = reinterpret_cast<const sockaddr_in6*>(one.ifa_addr)->sin6_addr;
    const auto& mask = reinterpret_cast<const sockaddr_in6*>(one.ifa_netmask)->sin6_addr;
    inet_ntop(AF_INET6, &ip, text.data(), text.size());
    found.prefix_bits = bits_of(mask.s6_addr, sizeof mask.s6_addr);
    found.scope = IN6_IS_ADDR_LOOPBACK(&ip)    ? "interface-local"
                  : IN6_IS_ADDR_LINKLOCAL(&ip) ? "link-local"
                                               : "global";
  } else {
    return std::nullopt;
  }
  found.address = text.data();
  return found;
}

std::string line_of(const std::string& path) {
  const auto text = read_text(path).value_or("");
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::vector<NetworkDevice> parse_net_dev(std::string_view text) {
  std::vector<NetworkDevice> devices;
  while (!text.empty()) {
    auto line = take_line(text);
    // A name may hold a colon (eth0:1), the counters never do; the two lines of titles have none.
    const auto colon = line.rfind(':');
    if (colon == std::string_view::npos) continue;
    NetworkDevice device;
    auto name = line.substr(0, colon);
    device.device = take_word(name);
    auto counters = line.substr(colon + 1);
    device.receive_bytes = take_number<double>(counters);
    device.receive_packets = take_number<double>(counters);
    device.receive_errors = take_number<double>(counters);
    device.receive_dropped = take_number<double>(counters);
    skip_words(counters, 4);  // fifo frame compressed multicast
    device.transmit_bytes = take_number<double>(counters);
    device.transmit_packets = take_number<double>(counters);
    device.transmit_errors = take_number<double>(counters);
    device.transmit_dropped = take_number<double>(counters);
    devices.push_back(std::move(device));
  }
  return devices;
}

// As node_exporter tells it: a device whose driver does not say how it is ("unknown": loopback,
// tunnels) is not up. Of one that is down the kernel says no speed, or -1.
LinkState read_link(const std::string& device, const std::string& sys) {
  const auto directory = sys + "/class/net/" + device + "/";
  LinkState link;
  link.up = line_of(directory + "operstate") == "up";
  if (const auto megabits = number<double>(line_of(directory + "speed")); megabits > 0) {
    link.speed_bytes = *megabits * 1'000'000 / 8;
  }
  link.mtu_bytes = number<double>(line_of(directory + "mtu"));
  return link;
}

std::vector<NetworkAddress> network_addresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, freeifaddrs);
  std::vector<NetworkAddress> found;
  for (const auto* one = first; one != nullptr; one = one->ifa_next) {
    if (auto address = address_of(*one)) found.push_back(*std::move(address));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(a.device, a.address) < std::tie(b.device, b.address);
  });
  if (found.size() > kMostAddresses) found.resize(kMostAddresses);
  return found;
}

}  // namespace monitron::host
