#pragma once
// Network devices: what each has received and sent since it came up (/proc/net/dev), how it is
// (/sys/class/net), and its addresses.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::host {

struct NetworkDevice {
  std::string device;
  double receive_bytes = 0;
  double receive_packets = 0;
  double receive_errors = 0;
  double receive_dropped = 0;
  double transmit_bytes = 0;
  double transmit_packets = 0;
  double transmit_errors = 0;
  double transmit_dropped = 0;
};

std::vector<NetworkDevice> parse_net_dev(std::string_view text);

struct LinkState {
  bool up = false;
  std::optional<double> speed_bytes{};  // a second; virtual devices have none
  std::optional<double> mtu_bytes{};
};
LinkState read_link(const std::string& device, const std::string& sys = "/sys");

struct NetworkAddress {
  std::string device{};
  std::string address{};  // without zone
  int prefix_bits = 0;
  std::string scope{};  // global, link-local, interface-local
};
// At most kMostAddresses, by device and address.
inline constexpr std::size_t kMostAddresses = 256;
std::vector<NetworkAddress> network_addresses();

}  // namespace monitron::host
