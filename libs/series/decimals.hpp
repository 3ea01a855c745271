#pragma once
// Doubles as decimal integers: value = number / 10^exponent, in the very arithmetic that the
// decoder does. Private to this room.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace monitron::series {

inline constexpr unsigned kMaxExponent = 18;

struct Decimals {
  unsigned exponent = 0;
  // Where a value is no decimal: the number before (at the beginning: after) it.
  std::vector<std::int64_t> numbers{};
  // The places of NaN, infinities, -0 and what is no decimal, rising.
  std::vector<std::uint32_t> others{};
};

// With the exponent that fits best; nothing when most values fit none.
std::optional<Decimals> decimals_of(std::span<const double> values);

// out[i] = numbers[i] / 10^exponent.
void doubles_of(std::span<const std::int64_t> numbers, unsigned exponent, double* out);

}  // namespace monitron::series
