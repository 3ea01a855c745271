#pragma once
// What has been counted in the followed logs, and up to where; on the disk, so that it goes on
// there after the next start.

#include "base/result.hpp"
#include "contracts/telemetry.hpp"
#include "host/log_level.hpp"
#include "host/log_tail.hpp"

#include <map>
#include <optional>
#include <string>

namespace monitron::agent {

struct LogCounts {
  std::array<std::uint64_t, host::kLogLevels.size()> lines{};  // by level
  std::uint64_t bytes = 0;
  std::uint64_t skipped_bytes = 0;
  std::uint64_t lost_files = 0;
  std::map<std::string, std::uint64_t> matches{};  // by pattern
  bool operator==(const LogCounts&) const = default;
};
struct LogState {
  std::string path{};
  host::LogPlaces places{};
  LogCounts counts{};
  bool operator==(const LogState&) const = default;
};
using LogStates = std::map<std::string, LogState>;  // by the log's name

// Written before the batch that tells of `after` is spooled: whether the spool has that batch
// decides which of the two is true.
struct SavedLogs {
  contracts::BatchId batch{};
  LogStates before{};
  LogStates after{};
};

// Faults: not_found, unavailable, invalid.
Result<SavedLogs> load_logs(const std::string& path);
// As a whole, and on the disk when it returns.
Result<void> save_logs(const std::string& path, const SavedLogs& saved);

}  // namespace monitron::agent
