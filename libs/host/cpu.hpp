#pragma once
// /proc/stat and /proc/loadavg: where the processors' time went.

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace monitron::host {

// In the kernel's order (proc(5)). Time of guests is part of user and nice, too.
inline constexpr std::array kCpuModes = {"user",   "nice", "system",  "idle",
                                         "iowait", "irq",  "softirq", "steal"};
inline constexpr std::array kGuestModes = {"user", "nice"};

// In ticks since boot.
struct CpuTimes {
  std::uint64_t busy = 0;
  std::uint64_t total = 0;
  std::array<std::uint64_t, kCpuModes.size()> modes{};
  std::array<std::uint64_t, kGuestModes.size()> guests{};
};
double seconds_of_ticks(std::uint64_t ticks);

struct CpuStat {
  CpuTimes all;
  std::vector<std::pair<int, CpuTimes>> cores;  // by the kernel's number; an offline core is absent
  double boot_time_seconds = 0;
  double processes_running = 0;
  double processes_blocked = 0;
  double forks = 0;  // since boot, like what follows
  double context_switches = 0;
  double interrupts = 0;
};

// Fault: invalid, when the line of the sum is missing.
Result<CpuStat> parse_stat(std::string_view text);

// The part of the time between two readings that was not idle, 0 to 1. Nothing when no tick passed
// or a counter ran backwards (a core was taken away and came back).
std::optional<double> usage_ratio(const CpuTimes& before, const CpuTimes& after);

struct Load {
  double one = 0;
  double five = 0;
  double fifteen = 0;
};
Result<Load> parse_loadavg(std::string_view text);

}  // namespace monitron::host
