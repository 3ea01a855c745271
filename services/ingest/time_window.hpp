#pragma once
// Which times are accepted: not older than the ledger remembers, hardly in the future. Outside it a
// sample is refused by name.

#include "base/clock.hpp"

namespace monitron::ingest {

struct TimeWindow {
  Instant oldest;
  Instant newest;

  static TimeWindow around(Instant now, std::chrono::hours max_age) {
    return {now - max_age, now + std::chrono::minutes(10)};
  }
  bool contains(std::int64_t ms) const { return ms >= to_ms(oldest) && ms <= to_ms(newest); }
  std::string text() const {
    return "is outside the accepted times, " + to_rfc3339(oldest) + " to " + to_rfc3339(newest);
  }
};

}  // namespace monitron::ingest
