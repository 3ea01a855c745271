#pragma once
// What most likely speaks on a port: C-001 … C-006, C-038.

#include <cstdint>
#include <string_view>

namespace monitron::host {

// "postgresql", "redis", "http"; "" for a port that is nobody's. Registered ports (IANA) and those
// that the servers listen on by default.
std::string_view service_type_of(std::uint16_t port);

}  // namespace monitron::host
