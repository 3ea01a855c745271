#pragma once
// A time from one moment until another.

#include "base/clock.hpp"

namespace monitron::domain {

// [from, to).
struct TimeSpan {
  Instant from;
  Instant to;
  bool operator==(const TimeSpan&) const = default;
};

}  // namespace monitron::domain
