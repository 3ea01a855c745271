#pragma once
// Which process holds which socket, found in /proc/<pid>/fd as far as this process may look: at its
// own user's, or at all as root (CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH). To look at all of them
// costs 6 µs for each descriptor of the host, so that a round takes a part of it alone and the next
// goes on from there; sockets whose process was not found are looked for once.

#include <chrono>
#include <compare>
#include <cstdint>
#include <dirent.h>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::host {

struct Owner {
  std::string process{};    // the kernel's name of it: arguments may hold secrets
  std::string user{};       // by /etc/passwd, else its number
  std::string container{};  // the first 12 digits of its id; "" when it is in none
  std::string unit{};       // of systemd; "" when it is of none
  auto operator<=>(const Owner&) const = default;
};
// What /proc/<pid>/cgroup says of both, of either version of cgroups.
void read_cgroup(std::string_view text, Owner& owner);

// Threads: one at a time.
class SocketOwners {
 public:
  explicit SocketOwners(std::string proc = "/proc");
  SocketOwners(SocketOwners&&) = default;

  // Null: not found (yet). What it points to stays.
  const Owner* of(std::uint32_t inode);
  bool was_told_of(std::uint32_t inode) { return find(inode) != nullptr; }  // by look()
  // These sockets are there now: others are forgotten, new ones looked for. Takes about as long as
  // `budget` allows.
  void look(std::vector<std::uint32_t> inodes, std::chrono::milliseconds budget);

 private:
  struct Entry {
    std::uint32_t inode = 0;
    std::uint32_t walks = 0;  // that had begun when it came
    const Owner* owner = nullptr;
  };
  struct CloseDirectory {
    void operator()(DIR* open) const { closedir(open); }
  };
  void keep(std::vector<std::uint32_t> inodes);
  Entry* find(std::uint32_t inode);
  bool is_anything_sought() const;
  bool next_process();
  void look_at_descriptors(std::chrono::steady_clock::time_point until);
  const Owner* owner_of_process();

  std::string proc_;
  std::vector<Entry> entries_;  // by inode
  std::set<Owner> owners_;      // bounded by what processes there were
  std::vector<int> pids_;       // still to be looked at in this walk
  std::uint32_t walks_ = 0;     // that have begun
  int pid_ = 0;
  const Owner* owner_ = nullptr;  // of it, once it was asked for
  std::unique_ptr<DIR, CloseDirectory> descriptors_;
};

}  // namespace monitron::host
