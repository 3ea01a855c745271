#pragma once
// Which times are accepted: not too old, hardly in the future, and none before 1970. Outside it a
// sample is refused by name.

#include "base/clock.hpp"

#include <algorithm>

namespace monitron::ingest {

struct TimeLimits {
  std::chrono::milliseconds max_age = std::chrono::hours(168);
  std::chrono::milliseconds max_ahead = std::chrono::minutes(10);
};

// Samples that were refused for their times.
struct OutsideWindow {
  std::size_t too_old = 0;
  std::size_t too_new = 0;
};

struct TimeWindow {
  Instant oldest;
  Instant newest;

  static TimeWindow around(Instant now, const TimeLimits& limits) {
    return {std::max(now - limits.max_age, Instant{}), now + limits.max_ahead};
  }
  bool contains(std::int64_t ms) const { return ms >= to_ms(oldest) && ms <= to_ms(newest); }
  // For a time that it does not contain.
  void count(std::int64_t ms, std::size_t samples, OutsideWindow& outside) const {
    (ms < to_ms(oldest) ? outside.too_old : outside.too_new) += samples;
  }
  // Of a time that it does not contain, with the setting that would let it in (1970 is before all).
  std::string text(std::int64_t ms) const {
    const auto* setting = ms > to_ms(newest)    ? " (MONITRON_INGEST_MAX_AHEAD)"
                          : oldest != Instant{} ? " (MONITRON_INGEST_MAX_AGE)"
                                                : "";
    return "is outside the accepted times, " + to_rfc3339(oldest) + " to " + to_rfc3339(newest) +
           setting;
  }
};

// How long after its arrival a batch is known, so that it is stored once however often it comes:
// as long as it is accepted, and while messages wait in the broker. Where years are accepted, so
// that history can be loaded, that would be for ever: senders do not try again after a month.
inline std::chrono::milliseconds ledger_memory(const TimeLimits& limits) {
  constexpr std::chrono::milliseconds kRetries = std::chrono::hours(30 * 24);
  constexpr std::chrono::milliseconds kInBroker = std::chrono::hours(48);
  return std::min(limits.max_age + limits.max_ahead, kRetries) + kInBroker;
}

}  // namespace monitron::ingest
