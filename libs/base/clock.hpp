#pragma once
// Times. An Instant is a point on the wall clock in milliseconds since 1970 (UTC); durations and
// deadlines inside a process come from the steady clock, so that a jump of the wall clock moves
// neither.

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace monitron {

using Instant = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;
using SteadyInstant = std::chrono::steady_clock::time_point;

inline std::int64_t to_ms(Instant instant) { return instant.time_since_epoch().count(); }
inline Instant from_ms(std::int64_t ms) { return Instant(std::chrono::milliseconds(ms)); }

// Where the time comes from; a test hands in testkit's FakeClock. Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual SteadyInstant steady_now() const = 0;
};

// The clock of this machine.
const Clock& system_clock();

// RFC 3339 in UTC with milliseconds: "2026-11-21T10:00:00.000Z".
std::string to_rfc3339(Instant instant);

// For people: "2026-11-21 10:00:00 UTC".
std::string to_text(Instant instant);

// Reads RFC 3339 with any offset; fractions beyond milliseconds are cut off. Fault: invalid.
Result<Instant> parse_rfc3339(std::string_view text);

}  // namespace monitron
