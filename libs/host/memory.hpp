#pragma once
// How much of the memory is used (/proc/meminfo).

#include "base/result.hpp"

#include <optional>
#include <string_view>

namespace monitron::host {

struct Memory {
  double total_bytes = 0;
  double available_bytes = 0;
};

// Fault: invalid, when MemTotal is missing.
Result<Memory> parse_meminfo(std::string_view text);

// The part that a new program could not have, 0 to 1: caches that can be dropped are not used.
// Nothing when the kernel does not say what is available.
std::optional<double> used_ratio(const Memory& memory);

}  // namespace monitron::host
