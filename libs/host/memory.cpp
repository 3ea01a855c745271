#include "host/memory.hpp"

#include "host/scan.hpp"

#include <array>
#include <utility>

namespace monitron::host {

Result<Memory> parse_meminfo(std::string_view text) {
  Memory memory;
  const std::array<std::pair<std::string_view, double*>, 7> wanted{{
      {"MemTotal:", &memory.total_bytes},
      {"MemAvailable:", &memory.available_bytes},
      {"MemFree:", &memory.free_bytes},
      {"Buffers:", &memory.buffers_bytes},
      {"Cached:", &memory.cached_bytes},
      {"SwapTotal:", &memory.swap_total_bytes},
      {"SwapFree:", &memory.swap_free_bytes},
  }};
  while (!text.empty()) {
    auto line = take_line(text);
    const auto name = take_word(line);
    for (const auto& [title, value] : wanted) {
      if (name == title) *value = take_number<double>(line) * 1024;
    }
  }
  if (memory.total_bytes <= 0) return fail(Fault::invalid, "meminfo: has no MemTotal");
  return memory;
}

std::optional<double> used_ratio(const Memory& memory) {
  if (memory.available_bytes <= 0) return std::nullopt;
  return 1 - memory.available_bytes / memory.total_bytes;
}

}  // namespace monitron::host
