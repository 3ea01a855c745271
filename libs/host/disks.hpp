#pragma once
// /proc/diskstats: what whole disks have read and written since boot. Partitions, RAM disks and
// loop devices are left out: their work is counted at the disk below.

#include <string>
#include <string_view>
#include <vector>

namespace monitron::host {

struct Disk {
  std::string device;
  double reads_completed = 0;
  double read_bytes = 0;
  double writes_completed = 0;
  double written_bytes = 0;
  double io_time_seconds = 0;
};

std::vector<Disk> parse_diskstats(std::string_view text);
bool is_whole_disk(std::string_view device);

}  // namespace monitron::host
