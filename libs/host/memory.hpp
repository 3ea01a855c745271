#pragma once
// /proc/meminfo.

#include "base/result.hpp"

#include <optional>
#include <string_view>

namespace monitron::host {

struct Memory {
  double total_bytes = 0;
  double available_bytes = 0;
  double free_bytes = 0;
  double buffers_bytes = 0;
  double cached_bytes = 0;
  double swap_total_bytes = 0;
  double swap_free_bytes = 0;
};

// Fault: invalid, when MemTotal is missing.
Result<Memory> parse_meminfo(std::string_view text);

// The part that a new program could not have, 0 to 1: caches that can be dropped are not used.
// Nothing when the kernel does not say what is available.
std::optional<double> used_ratio(const Memory& memory);

}  // namespace monitron::host
