#include "host/cpu.hpp"

#include "host/scan.hpp"

#include <unistd.h>

namespace monitron::host {
namespace {

// Time of guests is part of user (proc(5)), so it is not added again. Waiting for a disk is not
// work: iowait counts as idle.
CpuTimes take_times(std::string_view line) {
  CpuTimes times;
  for (std::size_t mode = 0; mode < kCpuModes.size(); ++mode) {
    const auto ticks = times.modes[mode] = take_number<std::uint64_t>(line);
    times.total += ticks;
    if (mode != 3 && mode != 4) times.busy += ticks;
  }
  for (auto& ticks : times.guests) ticks = take_number<std::uint64_t>(line);
  return times;
}

}  // namespace

Result<CpuStat> parse_stat(std::string_view text) {
  CpuStat stat;
  bool sum_seen = false;
  while (!text.empty()) {
    auto line = take_line(text);
    const auto name = take_word(line);
    if (name == "cpu") {
      stat.all = take_times(line);
      sum_seen = true;
    } else if (name.starts_with("cpu")) {
      if (const auto core = number<int>(name.substr(3))) {
        stat.cores.emplace_back(*core, take_times(line));
      }
    } else if (name == "btime") {
      stat.boot_time_seconds = take_number<double>(line);
    } else if (name == "procs_running") {
      stat.processes_running = take_number<double>(line);
    } else if (name == "procs_blocked") {
      stat.processes_blocked = take_number<double>(line);
    } else if (name == "processes") {
      stat.forks = take_number<double>(line);
    } else if (name == "ctxt") {
      stat.context_switches = take_number<double>(line);
    } else if (name == "intr") {
      stat.interrupts = take_number<double>(line);
    }
  }
  if (!sum_seen) return fail(Fault::invalid, "stat: has no line \"cpu\"");
  return stat;
}

double seconds_of_ticks(std::uint64_t ticks) {
  static const auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  return static_cast<double>(ticks) / per_second;
}

std::optional<double> usage_ratio(const CpuTimes& before, const CpuTimes& after) {
  if (after.total <= before.total || after.busy < before.busy) return std::nullopt;
  const auto total = static_cast<double>(after.total - before.total);
  const double ratio = static_cast<double>(after.busy - before.busy) / total;
  return ratio > 1.0 ? 1.0 : ratio;
}

Result<Load> parse_loadavg(std::string_view text) {
  Load load;
  for (double* value : {&load.one, &load.five, &load.fifteen}) {
    const auto found = number<double>(take_word(text));
    if (!found) return fail(Fault::invalid, "loadavg: has no three numbers");
    *value = *found;
  }
  return load;
}

}  // namespace monitron::host
