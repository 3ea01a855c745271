#pragma once
// The lines that are appended to a file, across its rotation by rename and by truncation.
//
// * A file that is there when it is looked for first begins at its end (of a line that has not
//   ended: at its beginning), one that comes later at its beginning.
// * A file that was renamed or deleted is read on until nothing has come for a minute; what it ends
//   with then is a line. Of more than four such, the oldest are left.
// * A file that is shorter than what was read of it, or has other bytes before that place (256 are
//   remembered by their CRC-32C), was written anew: it is read from its beginning. What was written
//   between the last look and a truncation is never seen.
// * A line waits for its end. One beyond 8 KiB is cut, the rest of it is skipped. 4 MiB are read at
//   once; of what is more than 64 MiB behind the end, the older part is skipped.
// Threads: one at a time.

#include "base/clock.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace monitron::host {

inline constexpr std::size_t kLongestLine = 8u << 10;
inline constexpr std::uint64_t kMostAtOnce = 4u << 20;
inline constexpr std::uint64_t kMostBehind = 64u << 20;
inline constexpr std::chrono::seconds kQuiet{60};

// How far one file was read. All before `offset` is done with.
struct LogPlace {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::uint32_t crc = 0;     // of up to 256 bytes before the offset
  bool within_line = false;  // whose rest is to be skipped
  bool operator==(const LogPlace&) const = default;
};
struct LogPlaces {
  bool looked = false;            // whether it was looked for before
  std::vector<LogPlace> files{};  // oldest first
  bool operator==(const LogPlaces&) const = default;
};

struct TailRound {
  bool readable = false;
  std::string problem{};      // why not
  std::uint64_t bytes = 0;    // that were passed, skipped ones among them
  std::uint64_t skipped = 0;  // bytes
  std::uint64_t unread = 0;   // bytes that wait
  std::uint64_t lost = 0;     // files that were gone before it was sure that all was read
};

class LogTail {
 public:
  using OnLine = std::function<void(std::string_view line)>;  // without its end

  explicit LogTail(std::string path, LogPlaces from = {});
  // What has come since, in order.
  TailRound read(SteadyInstant now, const OnLine& on_line);
  // Where it came to.
  LogPlaces places() const;
  // Done with what was read. Until then it can be read again.
  void keep();
  void take_back();

 private:
  class Descriptor {
   public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
      std::swap(fd_, other.fd_);
      return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();
    int get() const { return fd_; }

   private:
    int fd_;
  };
  struct File {
    Descriptor descriptor;
    LogPlace place{};
    LogPlace kept{};
    std::uint64_t size = 0;  // this and the next as of the last look
    std::int64_t written_ns = -1;
    std::optional<SteadyInstant> quiet_since{};  // renamed, and read to its end
    bool done = false;
  };
  struct Reading {
    SteadyInstant now;
    const OnLine& on_line;
    TailRound round{};
    std::uint64_t budget = kMostAtOnce;
    std::string buffer{};
  };
  void find_again(TailRound& round);
  int open_again(const LogPlace& place) const;
  void find(TailRound& round);
  void open_new(TailRound& round);
  void read_file(File& file, bool is_current, Reading& reading);
  static bool read_piece(File& file, Reading& reading);
  static void skip_far_behind(File& file, Reading& reading);
  static void end_when_quiet(File& file, bool has_grown, Reading& reading);

  std::string path_;
  bool looked_ = false;
  std::vector<LogPlace> wanted_;  // of an earlier run, until they are looked for
  std::vector<File> files_;       // oldest first
  bool last_is_current_ = false;  // the last of them is at the path
};

}  // namespace monitron::host
