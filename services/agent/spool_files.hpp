#pragma once
// The files of a spool in one directory, with the few operations a spool needs. A test stands in
// with a disk that loses what was not synced.

#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::agent {

// Faults: unavailable when the disk is full or does not answer, not_found. A failed sync is a bug
// (the kernel may have thrown the data away; trying again would lie), and its caller gives up.
class SpoolFiles {
 public:
  virtual ~SpoolFiles() = default;
  virtual Result<std::vector<std::string>> list() = 0;  // sorted
  virtual Result<std::uint64_t> size(const std::string& name) = 0;
  // Shorter at the end of the file.
  virtual Result<std::string> read(const std::string& name, std::uint64_t offset,
                                   std::size_t length) = 0;
  virtual Result<void> create(const std::string& name) = 0;  // empty; must not exist
  virtual Result<void> append(const std::string& name, std::string_view bytes) = 0;
  virtual Result<void> write_at(const std::string& name, std::uint64_t offset,
                                std::string_view bytes) = 0;
  virtual Result<void> sync(const std::string& name) = 0;
  virtual Result<void> remove(const std::string& name) = 0;
  virtual Result<void> sync_directory() = 0;
};

// A directory of this machine, made with mode 0700 when missing; locked, so that two agents cannot
// share it. Fault: conflict when another process holds it.
Result<std::unique_ptr<SpoolFiles>> open_directory(const std::string& path);

}  // namespace monitron::agent
