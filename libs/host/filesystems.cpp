#include "host/filesystems.hpp"

#include "host/scan.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <sys/statvfs.h>
#include <thread>

namespace monitron::host {
namespace {

bool holds_data(std::string_view fstype) {
  static constexpr std::string_view kinds[] = {
      "ext2",     "ext3",     "ext4",  "xfs",   "btrfs", "zfs",       "f2fs",    "reiserfs",
      "jfs",      "bcachefs", "vfat",  "exfat", "ntfs",  "ntfs3",     "hfs",     "hfsplus",
      "nfs",      "nfs4",     "cifs",  "smb3",  "ceph",  "glusterfs", "overlay", "9p",
      "virtiofs", "fuseblk",  "ubifs", "ocfs2", "gfs2"};
  return std::find(std::begin(kinds), std::end(kinds), fstype) != std::end(kinds);
}

// The kernel writes blank, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) &&
                         octal(text[i + 2]) && octal(text[i + 3]);
    if (!escaped) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                    (text[i + 3] - '0')));
    i += 3;
  }
  return out;
}

bool ask_kernel(const Mount& mount, Filesystem& out) {
  struct statvfs stats {};
  if (statvfs(mount.mountpoint.c_str(), &stats) != 0 || stats.f_blocks == 0) return false;
  const auto block = static_cast<double>(stats.f_frsize);
  out.size_bytes = static_cast<double>(stats.f_blocks) * block;
  out.free_bytes = static_cast<double>(stats.f_bfree) * block;
  out.avail_bytes = static_cast<double>(stats.f_bavail) * block;
  out.files = static_cast<double>(stats.f_files);
  out.files_free = static_cast<double>(stats.f_ffree);
  return true;
}

}  // namespace

std::vector<Mount> parse_mounts(std::string_view text) {
  std::vector<Mount> mounts;
  std::set<std::string> devices;
  std::set<std::string> points;
  while (!text.empty()) {
    auto line = take_line(text);
    Mount mount;
    mount.device = unescape(take_word(line));
    mount.mountpoint = unescape(take_word(line));
    mount.fstype = take_word(line);
    auto options = take_word(line);
    mount.readonly = take_until(options, ',') == "ro";
    if (!holds_data(mount.fstype)) continue;
    // Overlays of different containers share the name "overlay".
    const bool named = mount.device.find('/') != std::string::npos;
    if (named && !devices.insert(mount.device).second) continue;
    if (!points.insert(mount.mountpoint).second) continue;
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::optional<double> used_ratio(const Filesystem& filesystem) {
  const double used = filesystem.size_bytes - filesystem.free_bytes;
  const double all = used + std::max(filesystem.avail_bytes, 0.0);
  if (all <= 0) return std::nullopt;
  return used / all;
}

struct FilesystemReader::State {
  Ask ask;
  std::mutex mutex;
  std::set<std::string> hanging;  // mount points
};

// One reading's work, shared with the thread that does it.
struct FilesystemReader::Round {
  std::mutex mutex;
  std::condition_variable progress;
  std::vector<Mount> mounts;
  std::size_t asked = 0;  // mounts[asked] is being asked
  bool abandoned = false;
  std::vector<Filesystem> found;
};

FilesystemReader::FilesystemReader(std::chrono::milliseconds deadline, Ask ask)
    : state_(std::make_shared<State>()), deadline_(deadline) {
  state_->ask = ask ? std::move(ask) : ask_kernel;
}

std::size_t FilesystemReader::hanging() const {
  const std::lock_guard lock(state_->mutex);
  return state_->hanging.size();
}

void FilesystemReader::ask_all(const std::shared_ptr<State>& state,
                               const std::shared_ptr<Round>& round) {
  for (const auto& mount : round->mounts) {
    Filesystem filesystem;
    filesystem.mount = mount;
    const bool answered = state->ask(mount, filesystem);
    {
      const std::lock_guard lock(round->mutex);
      if (!round->abandoned) {
        if (answered) round->found.push_back(std::move(filesystem));
        ++round->asked;
        round->progress.notify_one();
        continue;
      }
    }
    const std::lock_guard lock(state->mutex);
    state->hanging.erase(mount.mountpoint);
    return;
  }
}

std::vector<Filesystem> FilesystemReader::read(const std::vector<Mount>& mounts) {
  std::vector<Filesystem> found;
  std::vector<Mount> left;
  {
    const std::lock_guard lock(state_->mutex);
    std::copy_if(mounts.begin(), mounts.end(), std::back_inserter(left),
                 [&](const Mount& mount) { return !state_->hanging.contains(mount.mountpoint); });
  }
  while (!left.empty() && hanging() < kMostHanging) {
    auto round = std::make_shared<Round>();
    round->mounts = left;
    std::thread([state = state_, round] { ask_all(state, round); }).detach();
    std::unique_lock lock(round->mutex);
    round->progress.wait_for(lock, deadline_, [&] { return round->asked == round->mounts.size(); });
    std::move(round->found.begin(), round->found.end(), std::back_inserter(found));
    if (round->asked == round->mounts.size()) break;
    round->abandoned = true;
    const std::lock_guard state_lock(state_->mutex);
    state_->hanging.insert(round->mounts[round->asked].mountpoint);
    left.assign(round->mounts.begin() + static_cast<std::ptrdiff_t>(round->asked) + 1,
                round->mounts.end());
  }
  return found;
}

}  // namespace monitron::host
