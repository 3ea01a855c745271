#pragma once
// /proc/diskstats: what whole disks have read and written since boot. Partitions, RAM disks and
// loop devices are left out: their work is counted at the disk below.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::host {

struct Disk {
  std::string device{};
  double reads_completed = 0;
  double reads_merged = 0;
  double read_bytes = 0;
  double read_time_seconds = 0;  // of all requests together
  double writes_completed = 0;
  double writes_merged = 0;
  double written_bytes = 0;
  double write_time_seconds = 0;
  double io_now = 0;  // requests in work
  double io_time_seconds = 0;
  double io_time_weighted_seconds = 0;  // of all requests together, waiting included
};

// What happened between two readings of a disk.
struct DiskUse {
  double busy_ratio = 0;     // of the time, 0 to 1
  double await_seconds = 0;  // of a request, waiting included; 0 when there was none
};
// Nothing when a counter ran backwards.
std::optional<DiskUse> use_between(const Disk& before, const Disk& after, double seconds);

std::vector<Disk> parse_diskstats(std::string_view text);
bool is_whole_disk(std::string_view device);

}  // namespace monitron::host
