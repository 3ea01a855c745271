#pragma once
// A clock that stands still until it is told to move.

#include "base/clock.hpp"

#include <atomic>

namespace monitron::testkit {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant start) : now_ms_(to_ms(start)) {}
  Instant now() const override { return from_ms(now_ms_); }
  SteadyInstant steady_now() const override {
    return SteadyInstant(std::chrono::milliseconds(steady_ms_));
  }
  // Both clocks move on, as time does.
  void advance(std::chrono::milliseconds step) {
    now_ms_ += step.count();
    steady_ms_ += step.count();
  }
  // Only the wall clock jumps, as when somebody sets it.
  void jump(std::chrono::milliseconds step) { now_ms_ += step.count(); }

 private:
  std::atomic<std::int64_t> now_ms_;
  std::atomic<std::int64_t> steady_ms_ = 1'000'000;
};

}  // namespace monitron::testkit
