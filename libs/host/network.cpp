#include "host/network.hpp"

#include "host/scan.hpp"

namespace monitron::host {

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

}  // namespace monitron::host
