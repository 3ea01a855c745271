#include "host/memory.hpp"

#include "host/scan.hpp"

namespace monitron::host {

Result<Memory> parse_meminfo(std::string_view text) {
  Memory memory;
  while (!text.empty()) {
    auto line = take_line(text);
    const auto name = take_word(line);
    if (name == "MemTotal:") memory.total_bytes = take_number<double>(line) * 1024;
    if (name == "MemAvailable:") memory.available_bytes = take_number<double>(line) * 1024;
  }
  if (memory.total_bytes <= 0) return fail(Fault::invalid, "meminfo: has no MemTotal");
  return memory;
}

std::optional<double> used_ratio(const Memory& memory) {
  if (memory.available_bytes <= 0) return std::nullopt;
  return 1 - memory.available_bytes / memory.total_bytes;
}

}  // namespace monitron::host
