#pragma once
// A file below /proc that is kept open and read again each round: cheaper than opening it anew, and
// a vanished process is told apart from a new one with its number. Threads: one at a time.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron::host {

class ProcFile {
 public:
  explicit ProcFile(std::string path);
  ~ProcFile();
  ProcFile(ProcFile&& other) noexcept;
  ProcFile& operator=(ProcFile&& other) noexcept;
  ProcFile(const ProcFile&) = delete;
  ProcFile& operator=(const ProcFile&) = delete;

  // The whole text as of now, in `buffer` (which grows as needed). Opens the file when it is not
  // open; after a failure it is closed. Faults: not_found, unavailable.
  Result<std::string_view> read(std::string& buffer);

 private:
  void close();
  std::string path_;
  int fd_ = -1;
};

// For files that are read once.
Result<std::string> read_text(const std::string& path);

}  // namespace monitron::host
