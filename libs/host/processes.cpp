#include "host/processes.hpp"

#include "host/scan.hpp"

#include <algorithm>
#include <dirent.h>
#include <map>
#include <memory>
#include <sys/resource.h>
#include <unistd.h>

namespace monitron::host {
namespace {

// Half of what the process may open, so that sockets and the spool always find a descriptor.
std::size_t descriptors_to_keep() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  return std::min<std::size_t>(limit.rlim_cur / 2, 8192);
}

double ticks_per_second() {
  static const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return ticks;
}

double page_bytes() {
  static const auto bytes = static_cast<double>(sysconf(_SC_PAGESIZE));
  return bytes;
}

// A kernel thread has no memory of its own; its name tells what it does now ("kworker/0:1-events"),
// which are many.
std::string command_of(const Process& process) {
  if (process.resident_bytes > 0) return process.command;
  return process.command.substr(0, process.command.find_first_of("/:"));
}

template <class Value>
void mark_first(const std::vector<CommandUse>& all, std::vector<bool>& wanted, std::size_t count,
                Value value) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (value(all[i]) > 0) order.push_back(i);  // kernel threads use no memory, most sleep
  }
  const auto kept = std::min(count, order.size());
  const auto larger = [&](std::size_t a, std::size_t b) {
    const double x = value(all[a]);
    const double y = value(all[b]);
    return x != y ? x > y : a < b;
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                    larger);
  for (std::size_t i = 0; i < kept; ++i) wanted[order[i]] = true;
}

}  // namespace

// pid (command) state ppid … ; the command may hold blanks and parentheses, so the last ')' ends
// it.
Result<ProcessStat> parse_pid_stat(std::string_view text) {
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return fail(Fault::invalid, "stat of a process: has no command");
  }
  ProcessStat stat;
  stat.command = text.substr(open + 1, close - open - 1);
  text.remove_prefix(close + 1);
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  skip_words(text, 11);  // state … cmajflt: fields 3 to 13 of proc(5)
  stat.cpu_ticks = take_number<std::uint64_t>(text) + take_number<std::uint64_t>(text);
  skip_words(text, 6);  // cutime … itrealvalue
  stat.start_ticks = take_number<std::uint64_t>(text);
  skip_words(text, 1);  // vsize
  const auto pages = number<std::uint64_t>(take_word(text));
  if (!pages) return fail(Fault::invalid, "stat of a process: is too short");
  stat.resident_pages = *pages;
  return stat;
}

std::vector<CommandUse> top_commands(const std::vector<Process>& all, std::size_t count) {
  std::map<std::string, CommandUse> sums;
  for (const auto& process : all) {
    auto& sum = sums[command_of(process)];
    ++sum.processes;
    sum.cpu_usage_ratio += process.cpu_usage_ratio;
    sum.resident_bytes += process.resident_bytes;
  }
  std::vector<CommandUse> commands;
  for (auto& [command, sum] : sums) {
    sum.command = command;
    commands.push_back(std::move(sum));
  }
  std::vector<bool> wanted(commands.size(), false);
  mark_first(commands, wanted, count, [](const CommandUse& use) { return use.cpu_usage_ratio; });
  mark_first(commands, wanted, count, [](const CommandUse& use) { return use.resident_bytes; });
  std::vector<CommandUse> top;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (wanted[i]) top.push_back(std::move(commands[i]));
  }
  return top;
}

ProcessReader::ProcessReader(std::string proc)
    : proc_(std::move(proc)), keep_open_(descriptors_to_keep()) {}

bool ProcessReader::read_one(int pid, Known& known, double seconds, Process& out) {
  const auto stat = known.file.read(buffer_).and_then(parse_pid_stat);
  if (!stat) return false;
  const bool same = known.seen_before && known.start_ticks == stat->start_ticks;
  out.pid = pid;
  out.command = stat->command;
  out.resident_bytes = static_cast<double>(stat->resident_pages) * page_bytes();
  if (same && seconds > 0 && stat->cpu_ticks > known.cpu_ticks) {
    const auto ticks = static_cast<double>(stat->cpu_ticks - known.cpu_ticks);
    out.cpu_usage_ratio = ticks / ticks_per_second() / seconds;
  }
  known.seen_before = true;
  known.start_ticks = stat->start_ticks;
  known.cpu_ticks = stat->cpu_ticks;
  return true;
}

std::vector<Process> ProcessReader::read(double seconds_since_last) {
  std::vector<Process> all;
  const auto close_dir = [](DIR* open) { closedir(open); };
  const std::unique_ptr<DIR, decltype(close_dir)> dir(opendir(proc_.c_str()), close_dir);
  if (dir == nullptr) return all;
  ++round_;
  all.reserve(known_.size());
  while (const dirent* entry = readdir(dir.get())) {
    const auto pid = number<int>(entry->d_name);
    if (!pid) continue;
    const auto path = [&] { return proc_ + "/" + entry->d_name + "/stat"; };
    auto found = known_.find(*pid);
    if (found == known_.end()) found = known_.emplace(*pid, Known{ProcFile(path())}).first;
    Process process;
    // An open file of a process that ended says so; its number may belong to another one by now.
    bool there = read_one(*pid, found->second, seconds_since_last, process);
    if (!there) there = read_one(*pid, found->second, seconds_since_last, process);
    if (!there) continue;
    found->second.round = round_;
    if (known_.size() > keep_open_) found->second.file = ProcFile(path());
    all.push_back(std::move(process));
  }
  std::erase_if(known_, [&](const auto& entry) { return entry.second.round != round_; });
  return all;
}

}  // namespace monitron::host
