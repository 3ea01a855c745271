#include "host/socket_owners.hpp"

#include "host/proc_file.hpp"
#include "host/scan.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sys/stat.h>
#include <unistd.h>

namespace monitron::host {
namespace {

constexpr std::size_t kMostOwners = 4096;
constexpr std::size_t kContainerDigits = 12;  // as `docker ps` shows it

// "socket:[123]"
std::uint32_t inode_of(std::string_view link) {
  constexpr std::string_view prefix = "socket:[";
  if (!link.starts_with(prefix) || !link.ends_with(']')) return 0;
  link.remove_prefix(prefix.size());
  return number<std::uint32_t>(link.substr(0, link.size() - 1)).value_or(0);
}

std::string user_name(unsigned uid) {
  const auto sought = std::to_string(uid);
  const auto passwd = read_text("/etc/passwd").value_or("");
  std::string_view text(passwd);
  while (!text.empty()) {
    auto line = take_line(text);
    const auto name = take_until(line, ':');
    take_until(line, ':');
    if (take_until(line, ':') == sought) return std::string(name);
  }
  return sought;
}

// 64 digits, wherever the runtime puts them ("docker-….scope", "cri-containerd-….scope", "…").
std::string_view container_id(std::string_view step) {
  constexpr std::size_t digits = 64;
  const auto is_digit = [](unsigned char c) { return std::isxdigit(c) != 0; };
  const auto end = step.ends_with(".scope") ? step.size() - 6 : step.size();
  if (end < digits) return {};
  const auto id = step.substr(end - digits, digits);
  return std::all_of(id.begin(), id.end(), is_digit) ? id : std::string_view();
}

}  // namespace

void read_cgroup(std::string_view text, Owner& owner) {
  while (!text.empty()) {
    auto path = take_line(text);
    take_until(path, ':');
    take_until(path, ':');
    while (!path.empty()) {
      const auto step = take_until(path, '/');
      if (const auto id = container_id(step); !id.empty()) {
        owner.container = id.substr(0, kContainerDigits);
      }
      if (step.ends_with(".service")) owner.unit = step;
    }
  }
}

SocketOwners::SocketOwners(std::string proc) : proc_(std::move(proc)) {}

SocketOwners::Entry* SocketOwners::find(std::uint32_t inode) {
  const auto at = std::lower_bound(
      entries_.begin(), entries_.end(), inode,
      [](const Entry& entry, std::uint32_t sought) { return entry.inode < sought; });
  return at != entries_.end() && at->inode == inode ? &*at : nullptr;
}

const Owner* SocketOwners::of(std::uint32_t inode) {
  const auto* found = find(inode);
  return found == nullptr ? nullptr : found->owner;
}

void SocketOwners::look(std::vector<std::uint32_t> inodes, std::chrono::milliseconds budget) {
  keep(std::move(inodes));
  const auto until = std::chrono::steady_clock::now() + budget;
  while (is_anything_sought() && std::chrono::steady_clock::now() < until) {
    if (descriptors_ == nullptr && !next_process()) continue;
    look_at_descriptors(until);
  }
}

void SocketOwners::keep(std::vector<std::uint32_t> inodes) {
  std::sort(inodes.begin(), inodes.end());
  std::vector<Entry> kept;
  kept.reserve(inodes.size());
  auto known = entries_.begin();
  for (const auto inode : inodes) {
    if (inode == 0 || (!kept.empty() && kept.back().inode == inode)) continue;
    while (known != entries_.end() && known->inode < inode) ++known;
    const bool is_known = known != entries_.end() && known->inode == inode;
    kept.push_back(is_known ? *known : Entry{.inode = inode, .walks = walks_});
  }
  entries_ = std::move(kept);
}

// A walk that had begun before the socket came may have passed its process by: the next one counts.
bool SocketOwners::is_anything_sought() const {
  const bool under_way = descriptors_ != nullptr || !pids_.empty();
  const auto done = walks_ - (under_way ? 1 : 0);
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.owner == nullptr && entry.walks >= done;
  });
}

// Begins another walk when there is none left.
bool SocketOwners::next_process() {
  if (pids_.empty()) {
    const std::unique_ptr<DIR, CloseDirectory> all(opendir(proc_.c_str()));
    while (const dirent* one = all == nullptr ? nullptr : readdir(all.get())) {
      if (const auto pid = number<int>(one->d_name)) pids_.push_back(*pid);
    }
    ++walks_;
    if (pids_.empty()) return false;
  }
  pid_ = pids_.back();
  pids_.pop_back();
  owner_ = nullptr;
  descriptors_.reset(opendir((proc_ + "/" + std::to_string(pid_) + "/fd").c_str()));
  return descriptors_ != nullptr;
}

void SocketOwners::look_at_descriptors(std::chrono::steady_clock::time_point until) {
  constexpr int kAtOnce = 64;  // 0.4 ms
  std::array<char, 64> link{};
  const int directory = dirfd(descriptors_.get());
  for (int i = 1;; ++i) {
    if (i % kAtOnce == 0 && std::chrono::steady_clock::now() > until) return;
    const dirent* one = readdir(descriptors_.get());
    if (one == nullptr) return descriptors_.reset();
    const auto length = readlinkat(directory, one->d_name, link.data(), link.size());
    if (length <= 0) continue;
    const auto inode = inode_of({link.data(), static_cast<std::size_t>(length)});
    if (inode == 0) continue;
    auto* entry = find(inode);
    if (entry != nullptr && entry->owner == nullptr) entry->owner = owner_of_process();
  }
}

const Owner* SocketOwners::owner_of_process() {
  if (owner_ != nullptr) return owner_;
  const auto directory = proc_ + "/" + std::to_string(pid_);
  Owner owner;
  const auto text = read_text(directory + "/comm").value_or("");
  std::string_view command(text);
  owner.process = take_line(command);
  // Anybody may call a process what he likes: what is shown of it is one text for all who read it.
  std::replace_if(
      owner.process.begin(), owner.process.end(),
      [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
  struct stat status {};
  if (stat(directory.c_str(), &status) == 0) owner.user = user_name(status.st_uid);
  read_cgroup(read_text(directory + "/cgroup").value_or(""), owner);
  if (owners_.size() >= kMostOwners && !owners_.contains(owner)) owner = {.process = "(others)"};
  return owner_ = &*owners_.insert(std::move(owner)).first;
}

}  // namespace monitron::host
