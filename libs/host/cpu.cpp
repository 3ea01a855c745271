#include "host/cpu.hpp"

#include "host/scan.hpp"

namespace monitron::host {
namespace {

// user nice system idle iowait irq softirq steal guest guest_nice. Guest time is part of user
// (proc(5)), so it is not added again. Waiting for a disk is not work: iowait counts as idle.
CpuTimes take_times(std::string_view line) {
  CpuTimes times;
  for (int column = 0; column < 8; ++column) {
    const auto ticks = take_number<std::uint64_t>(line);
    times.total += ticks;
    if (column != 3 && column != 4) times.busy += ticks;
  }
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
    }
  }
  if (!sum_seen) return fail(Fault::invalid, "stat: has no line \"cpu\"");
  return stat;
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
