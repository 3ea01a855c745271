#pragma once
// What the kernel counts of itself as a whole, below /proc, by the names that node_exporter has for
// it, and of it what node_exporter tells by default. What a kernel does not have is not told.

#include <string>
#include <string_view>
#include <vector>

namespace monitron::host {

struct Figure {
  std::string name;
  double value = 0;
};
using Figures = std::vector<Figure>;

Figures parse_memory(std::string_view text);   // /proc/meminfo
Figures parse_vmstat(std::string_view text);   // paging, and processes killed for memory
Figures parse_netstat(std::string_view text);  // /proc/net/snmp and /proc/net/netstat
Figures parse_snmp6(std::string_view text);
Figures parse_sockstat(std::string_view text);
Figures parse_file_nr(std::string_view text);  // open files of all processes
Figures parse_entropy(std::string_view text);
Figures parse_conntrack_count(std::string_view text);
Figures parse_conntrack_limit(std::string_view text);

// Pressure stall information (Documentation/accounting/psi.rst): the time in which something waited
// for the processor, for memory or for a disk, and in which all did. The kernel's `some` is
// waiting, `full` is stalled.
Figures parse_cpu_pressure(std::string_view text);
Figures parse_memory_pressure(std::string_view text);
Figures parse_io_pressure(std::string_view text);

}  // namespace monitron::host
