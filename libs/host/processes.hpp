#pragma once
// Processes: who uses most processor time and most memory. Reads /proc/<pid>/stat alone, through
// files kept open (6 µs a process instead of 16).

#include "base/result.hpp"
#include "host/proc_file.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace monitron::host {

struct ProcessStat {
  std::string command;            // the kernel's name of it: arguments may hold secrets
  std::uint64_t cpu_ticks = 0;    // user + system
  std::uint64_t start_ticks = 0;  // tells a process from a later one with the same number
  std::uint64_t resident_pages = 0;
};

// Fault: invalid.
Result<ProcessStat> parse_pid_stat(std::string_view text);

struct Process {
  int pid = 0;
  std::string command;
  double cpu_usage_ratio = 0;  // of one core since the reading before; may exceed 1
  double resident_bytes = 0;
};

// All processes of one command. A pid would make a series that ends with its process, without end.
struct CommandUse {
  std::string command;  // of the kernel's own threads only what comes before '/' or ':'
  int processes = 0;
  double cpu_usage_ratio = 0;
  double resident_bytes = 0;  // a sum: what processes share counts for each of them
};

// The `count` first by processor time and the `count` first by memory, each once, by name.
std::vector<CommandUse> top_commands(const std::vector<Process>& all, std::size_t count);

// Threads: one at a time.
class ProcessReader {
 public:
  explicit ProcessReader(std::string proc = "/proc");
  // All processes now. The first reading of a process has usage 0: what it used in its whole life
  // is not the last interval's.
  std::vector<Process> read(double seconds_since_last);

 private:
  struct Known {
    ProcFile file;
    std::uint64_t start_ticks = 0;
    std::uint64_t cpu_ticks = 0;
    std::uint32_t round = 0;
    bool seen_before = false;
  };
  bool read_one(int pid, Known& known, double seconds, Process& out);

  std::string proc_;
  std::unordered_map<int, Known> known_;
  std::string buffer_;
  std::size_t keep_open_;  // at most so many files stay open
  std::uint32_t round_ = 0;
};

}  // namespace monitron::host
