#pragma once
// What most likely speaks on a port.

#include <cstdint>
#include <string_view>

namespace monitron::host {

// "postgresql", "redis", "http"; "" when neither tells. By the kernel's name of the process that
// listens, "" when it is not known, else by registered ports (IANA) and those that servers listen
// on by default.
std::string_view service_type_of(std::uint16_t port, std::string_view process = {});

}  // namespace monitron::host
