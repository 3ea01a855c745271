#pragma once
// Which of the time that the wall clock shows as gone by was watched. What was not counts for
// nothing: not for a rule's `for`, nor for silence. Pure.

#include "base/clock.hpp"

namespace monitron::notifier {

class WatchedTime {
 public:
  // A second or so lies between two looks; one that comes later than this saw nothing of the rest.
  static constexpr std::chrono::milliseconds kLongestLook{5'000};
  // Less than this is how clocks and looks are.
  static constexpr std::chrono::milliseconds kNoticed{2'000};

  // What passed since the look before and was not watched: the program or its machine stood still,
  // or the clock was set. Negative: it was set back.
  std::chrono::milliseconds unwatched(Instant now, SteadyInstant steady) {
    const auto shown = now - now_;
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(steady - steady_);
    const bool is_first = now_ == Instant{};
    now_ = now;
    steady_ = steady;
    const auto more = shown - std::min(passed, kLongestLook);
    return is_first || std::chrono::abs(more) < kNoticed ? std::chrono::milliseconds(0) : more;
  }

 private:
  Instant now_{};
  SteadyInstant steady_{};
};

}  // namespace monitron::notifier
