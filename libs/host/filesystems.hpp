#pragma once
// File systems that hold data: which are mounted, how large, how full.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::host {

struct Mount {
  std::string device;
  std::string mountpoint;
  std::string fstype;
  bool readonly = false;
  bool operator==(const Mount&) const = default;
};

// Mounts that hold data: kernel interfaces (proc, cgroup …), memory (tmpfs) and images that are
// full by nature (squashfs) are left out; of several mounts of one device only the first is kept,
// so that bind mounts (containers) are not counted twice.
std::vector<Mount> parse_mounts(std::string_view text);

struct Filesystem {
  Mount mount;
  double size_bytes = 0;
  double free_bytes = 0;   // part of it may be for root alone
  double avail_bytes = 0;  // to ordinary users
  double files = 0;
  double files_free = 0;
};

// As df: used / (used + available), 0 to 1. Nothing for one without blocks.
std::optional<double> used_ratio(const Filesystem& filesystem);

// Asks on a thread of its own, because statvfs of a dead NFS server never returns. A mount that
// does not answer by the deadline is left out until it does; the others are asked by another
// thread. When kMostHanging threads hang, no further mount is asked. Threads: one at a time.
class FilesystemReader {
 public:
  static constexpr std::size_t kMostHanging = 4;
  // `ask` stands for statvfs, so that a test can make it hang.
  using Ask = std::function<bool(const Mount& mount, Filesystem& out)>;
  explicit FilesystemReader(std::chrono::milliseconds deadline = std::chrono::milliseconds(1000),
                            Ask ask = nullptr);

  std::vector<Filesystem> read(const std::vector<Mount>& mounts);
  std::size_t hanging() const;  // mounts that do not answer

 private:
  struct State;
  struct Round;
  static void ask_all(const std::shared_ptr<State>& state, const std::shared_ptr<Round>& round);
  std::shared_ptr<State> state_;  // also held by threads that hang
  std::chrono::milliseconds deadline_;
};

}  // namespace monitron::host
