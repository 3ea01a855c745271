#include "host/disks.hpp"

#include "host/scan.hpp"

#include <algorithm>
#include <cctype>

namespace monitron::host {
namespace {

constexpr double kSectorBytes = 512;  // of /proc/diskstats, whatever the disk's own sector is

bool ends_in_digit(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.back())) != 0;
}

std::string_view without_digits_at_end(std::string_view text) {
  while (ends_in_digit(text)) text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_whole_disk(std::string_view device) {
  if (!ends_in_digit(device)) return true;
  const auto stem = without_digits_at_end(device);
  if (stem == "ram" || stem == "loop" || stem == "fd") return false;
  // sda1, hda1, vda1, xvda1: letters of a disk, then the partition's number.
  for (const std::string_view family : {"sd", "hd", "vd", "xvd"}) {
    if (stem.starts_with(family) && stem.size() > family.size()) return false;
  }
  // nvme0n1p2, mmcblk0p1: "p" after a digit, then the partition's number.
  const bool partition = stem.ends_with('p') && ends_in_digit(stem.substr(0, stem.size() - 1));
  return !partition;
}

std::optional<DiskUse> use_between(const Disk& before, const Disk& after, double seconds) {
  const auto requests = after.reads_completed - before.reads_completed + after.writes_completed -
                        before.writes_completed;
  const auto busy = after.io_time_seconds - before.io_time_seconds;
  const auto taken = after.read_time_seconds - before.read_time_seconds + after.write_time_seconds -
                     before.write_time_seconds;
  if (seconds <= 0 || requests < 0 || busy < 0 || taken < 0) return std::nullopt;
  return DiskUse{std::min(1.0, busy / seconds), requests > 0 ? taken / requests : 0};
}

std::vector<Disk> parse_diskstats(std::string_view text) {
  std::vector<Disk> disks;
  while (!text.empty()) {
    auto line = take_line(text);
    skip_words(line, 2);  // major, minor
    Disk disk;
    disk.device = take_word(line);
    if (disk.device.empty() || !is_whole_disk(disk.device)) continue;
    disk.reads_completed = take_number<double>(line);
    disk.reads_merged = take_number<double>(line);
    disk.read_bytes = take_number<double>(line) * kSectorBytes;
    disk.read_time_seconds = take_number<double>(line) / 1000;
    disk.writes_completed = take_number<double>(line);
    disk.writes_merged = take_number<double>(line);
    disk.written_bytes = take_number<double>(line) * kSectorBytes;
    disk.write_time_seconds = take_number<double>(line) / 1000;
    disk.io_now = take_number<double>(line);
    disk.io_time_seconds = take_number<double>(line) / 1000;
    disk.io_time_weighted_seconds = take_number<double>(line) / 1000;
    disks.push_back(std::move(disk));
  }
  return disks;
}

}  // namespace monitron::host
