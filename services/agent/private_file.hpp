#pragma once
// Files for the owner alone.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron::agent {

// Replaces the file as a whole, mode 0600, on the disk when it returns (fsync, rename, directory
// fsync). Fault: unavailable.
Result<void> write_private_file(const std::string& path, std::string_view text);

// A directory with mode 0700, and those above it.
Result<void> make_private_directory(const std::string& path);

}  // namespace monitron::agent
