#include "host/log_tail.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace monitron::host {
namespace {

constexpr std::uint64_t kRemembered = 256;
constexpr std::size_t kPiece = 64u << 10;
constexpr std::size_t kMostRotated = 4;

// A pipe at this place holds nobody up.
int open_file(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

bool is_of(const struct stat& found, const LogPlace& place) {
  return found.st_dev == place.device && found.st_ino == place.inode;
}

std::int64_t written_ns(const struct stat& found) {
  return std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec;
}

// As much of it as there is.
std::string read_at(int fd, std::uint64_t offset, std::size_t length) {
  std::string bytes(length, '\0');
  const auto got = ::pread(fd, bytes.data(), length, static_cast<off_t>(offset));
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::uint32_t crc_before(int fd, std::uint64_t offset) {
  const auto length = std::min(offset, kRemembered);
  return crc32c(read_at(fd, offset - length, length));
}

// Where the line begins that has not ended.
void place_at_end(int fd, std::uint64_t size, LogPlace& place) {
  const auto length = std::min<std::uint64_t>(size, kLongestLine);
  const auto end = read_at(fd, size - length, length);
  const auto last = end.rfind('\n');
  place.within_line = last == std::string::npos && size > length;
  const auto behind = last == std::string::npos ? length : end.size() - last - 1;
  place.offset = place.within_line ? size : size - behind;
  place.crc = crc_before(fd, place.offset);
}

void begin_again(LogPlace& place) {
  place.offset = 0;
  place.crc = crc32c({});
  place.within_line = false;
}

// How much of the text is done with.
std::size_t pass_lines(std::string_view text, bool& within_line, const LogTail::OnLine& on_line,
                       std::uint64_t& skipped) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = text.find('\n', at);
    const bool has_ended = end != std::string_view::npos;
    if (within_line) {
      const auto next = has_ended ? end + 1 : text.size();
      skipped += next - at;
      at = next;
      within_line = !has_ended;
      continue;
    }
    const auto length = (has_ended ? end : text.size()) - at;
    if (length > kLongestLine) {
      on_line(text.substr(at, kLongestLine));
      at += kLongestLine;
      within_line = true;
      continue;
    }
    if (!has_ended) break;
    on_line(text.substr(at, length));
    at = end + 1;
  }
  return at;
}

}  // namespace

LogTail::Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

LogTail::LogTail(std::string path, LogPlaces from)
    : path_(std::move(path)), looked_(from.looked), wanted_(std::move(from.files)) {}

TailRound LogTail::read(SteadyInstant now, const OnLine& on_line) {
  Reading reading{now, on_line};
  find_again(reading.round);
  find(reading.round);
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const bool is_last = i + 1 == files_.size();
    read_file(files_[i], is_last && last_is_current_, reading);
    if (files_[i].done || files_.size() - i <= kMostRotated + 1) continue;
    auto& left = files_[i];
    const auto rest = left.size - std::min(left.size, left.place.offset);
    reading.round.skipped += rest;
    reading.round.bytes += rest;
    left.done = true;
  }
  for (const auto& file : files_) {
    if (!file.done) reading.round.unread += file.size - std::min(file.size, file.place.offset);
  }
  return std::move(reading.round);
}

LogPlaces LogTail::places() const {
  LogPlaces all{looked_, wanted_};
  for (const auto& file : files_) {
    if (!file.done) all.files.push_back(file.place);
  }
  return all;
}

void LogTail::keep() {
  std::erase_if(files_, [](const File& file) { return file.done; });
  for (auto& file : files_) file.kept = file.place;
}

void LogTail::take_back() {
  for (auto& file : files_) {
    file.place = file.kept;
    file.done = false;
    file.written_ns = -1;
  }
}

// ---- finding ----

// What an earlier run had not done with is at the path or beside it, by another name.
void LogTail::find_again(TailRound& round) {
  for (const auto& place : std::exchange(wanted_, {})) {
    const int fd = open_again(place);
    if (fd >= 0) {
      files_.push_back({Descriptor(fd), place, place});
    } else {
      ++round.lost;
    }
  }
}

int LogTail::open_again(const LogPlace& place) const {
  struct stat found {};
  if (::stat(path_.c_str(), &found) == 0 && is_of(found, place)) return open_file(path_);
  const auto directory = std::filesystem::path(path_).parent_path().string();
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(
      ::opendir(directory.empty() ? "." : directory.c_str()), ::closedir);
  if (!entries) return -1;
  while (const auto* entry = ::readdir(entries.get())) {
    if (entry->d_ino != place.inode || entry->d_type == DT_DIR) continue;
    const int fd = open_file(directory + "/" + entry->d_name);
    // The number may have been given to another file since.
    const bool is_it = fd >= 0 && ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode) &&
                       is_of(found, place) && crc_before(fd, place.offset) == place.crc;
    if (is_it) return fd;
    if (fd >= 0) ::close(fd);
  }
  return -1;
}

void LogTail::find(TailRound& round) {
  struct stat found {};
  last_is_current_ = false;
  if (::stat(path_.c_str(), &found) != 0) {
    round.problem = std::strerror(errno);
    looked_ = looked_ || errno == ENOENT || errno == ENOTDIR;
    return;
  }
  if (!S_ISREG(found.st_mode)) {
    round.problem = "is no file";
    return;
  }
  const auto known = std::find_if(files_.begin(), files_.end(), [&](const File& file) {
    return !file.done && is_of(found, file.place);
  });
  if (known == files_.end()) return open_new(round);
  std::rotate(known, known + 1, files_.end());
  files_.back().quiet_since.reset();
  round.readable = last_is_current_ = true;
}

void LogTail::open_new(TailRound& round) {
  Descriptor descriptor(open_file(path_));
  struct stat found {};
  if (descriptor.get() < 0 || ::fstat(descriptor.get(), &found) != 0) {
    round.problem = std::strerror(errno);
    return;
  }
  LogPlace place{.device = found.st_dev, .inode = found.st_ino};
  if (looked_) {
    begin_again(place);
  } else {
    place_at_end(descriptor.get(), static_cast<std::uint64_t>(found.st_size), place);
  }
  looked_ = true;
  files_.push_back({std::move(descriptor), place, place});
  round.readable = last_is_current_ = true;
}

// ---- reading ----

void LogTail::read_file(File& file, bool is_current, Reading& reading) {
  struct stat found {};
  if (::fstat(file.descriptor.get(), &found) != 0) return;
  const auto size = static_cast<std::uint64_t>(found.st_size);
  const auto written = written_ns(found);
  const bool is_changed = size != file.size || written != file.written_ns;
  file.size = size;
  if (size < file.place.offset) begin_again(file.place);
  skip_far_behind(file, reading);
  const auto before = file.place;
  if (size > file.place.offset || is_changed) {
    while (reading.budget > 0 && read_piece(file, reading)) {
    }
    file.written_ns = written;
  }
  if (!is_current) end_when_quiet(file, is_changed || !(file.place == before), reading);
}

// Whether there may be more.
bool LogTail::read_piece(File& file, Reading& reading) {
  auto& [now, on_line, round, budget, buffer] = reading;
  auto& place = file.place;
  const auto known = static_cast<std::size_t>(std::min(place.offset, kRemembered));
  buffer.resize(kPiece);
  const auto got = ::pread(file.descriptor.get(), buffer.data(), buffer.size(),
                           static_cast<off_t>(place.offset - known));
  if (got < 0) {
    round.readable = false;
    round.problem = std::strerror(errno);
    return false;
  }
  const auto bytes = std::string_view(buffer).substr(0, static_cast<std::size_t>(got));
  if (bytes.size() < known || crc32c(bytes.substr(0, known)) != place.crc) {
    const bool was_further = place.offset > 0;
    begin_again(place);
    return was_further;
  }
  const auto passed = pass_lines(bytes.substr(known), place.within_line, on_line, round.skipped);
  place.offset += passed;
  round.bytes += passed;
  budget -= std::min<std::uint64_t>(budget, passed);
  const auto remembered = static_cast<std::size_t>(std::min(place.offset, kRemembered));
  place.crc = crc32c(bytes.substr(known + passed - remembered, remembered));
  return passed > 0 && bytes.size() == kPiece;
}

void LogTail::skip_far_behind(File& file, Reading& reading) {
  auto& place = file.place;
  if (file.size - place.offset <= kMostBehind) return;
  const auto skipped = file.size - place.offset - kMostBehind;
  place.offset += skipped;
  place.within_line = read_at(file.descriptor.get(), place.offset - 1, 1) != "\n";
  place.crc = crc_before(file.descriptor.get(), place.offset);
  reading.round.skipped += skipped;
  reading.round.bytes += skipped;
}

void LogTail::end_when_quiet(File& file, bool has_grown, Reading& reading) {
  if (has_grown) file.quiet_since.reset();
  if (has_grown || reading.budget == 0) return;
  if (!file.quiet_since) file.quiet_since = reading.now;
  if (reading.now - *file.quiet_since < kQuiet) return;
  file.done = true;
  const auto rest = read_at(file.descriptor.get(), file.place.offset, kLongestLine);
  if (rest.empty()) return;
  if (!file.place.within_line) reading.on_line(rest);
  reading.round.bytes += rest.size();
  file.place.offset += rest.size();
}

}  // namespace monitron::host
