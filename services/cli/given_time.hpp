#pragma once
// Times as people type them.

#include "base/clock.hpp"

#include <string>

namespace monitron::cli {

enum class Direction { ago, ahead };

// RFC 3339, or so long before or after now ("2h", "7d"). Fault: invalid.
Result<Instant> given_time(const std::string& text, Direction direction);
// "2h", "1h30m": longer than nothing. Fault: invalid.
Result<std::chrono::milliseconds> given_duration(const std::string& text);

}  // namespace monitron::cli
