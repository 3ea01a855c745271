#pragma once
// /proc/net/dev: what each network device has received and sent since it came up.

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

}  // namespace monitron::host
