#pragma once
// What a host says about itself when it enrols.

#include <string>
#include <string_view>

namespace monitron::host {

struct Facts {
  std::string hostname;
  std::string os;          // PRETTY_NAME of os-release and the kernel's release
  std::string ip_address;  // first address of a device that is up and not loopback; "" without one
};

// PRETTY_NAME of an os-release file, "" when it has none.
std::string parse_os_release(std::string_view text);

Facts read_facts();

}  // namespace monitron::host
