#pragma once
// Which logs are followed, and what is looked for in their lines.

#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace monitron::agent {

inline constexpr std::size_t kMostLogs = 20;
inline constexpr std::size_t kMostPatterns = 50;

struct LogFile {
  std::string name{};
  std::string path{};
};
// Found anywhere in a line, in linear time (RE2).
struct LogPattern {
  std::string name{};
  std::shared_ptr<const re2::RE2> expression{};
  bool matches(std::string_view line) const;
};
struct LogSettings {
  std::vector<LogFile> files{};
  std::vector<LogPattern> patterns{};
};

// As --log-file and --log-pattern give them, NAME=PATH and NAME=REGEX. Each mistake is added.
LogSettings read_log_settings(const std::vector<std::string>& files,
                              const std::vector<std::string>& patterns,
                              std::vector<std::string>& mistakes);

}  // namespace monitron::agent
