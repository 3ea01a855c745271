#pragma once
// /proc/meminfo.

#include "base/result.hpp"

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

}  // namespace monitron::host
