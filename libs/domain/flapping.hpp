#pragma once
// Whether a check flaps: by how often its latest 20 results were another one than the result
// before, up or down, hard or soft. A turn counts the more the newer it is, from 0.8 to 1.2. It
// begins to flap above 30 % and ends below 25 %, as in Icinga 2. Pure.

#include <cstdint>

namespace monitron::domain {

struct Flapping {
  static constexpr int kResults = 20;
  static constexpr double kHigh = 30, kLow = 25;

  std::uint32_t turns = 0;  // bit n: the result n before the latest was a turn
  bool on = false;

  double percent() const;  // 0 … 100
  bool operator==(const Flapping&) const = default;
};

// After one more result. What could not be run is none.
Flapping advance(const Flapping& before, bool turned);

}  // namespace monitron::domain
