#include "series/decimals.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace monitron::series {
namespace {

constexpr std::array<double, kMaxExponent + 1> kPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,
                                                          1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13,
                                                          1e14, 1e15, 1e16, 1e17, 1e18};
constexpr double kLargest = 9.2e18;  // below 2^63, so that the conversion is defined
constexpr double kExact = 0x1p53;    // with more digits than this a double is no decimal of ours
constexpr std::size_t kLooks = 64;   // values that are looked at to choose an exponent
constexpr unsigned kUsefulExponent = 15;  // more digits than that are noise
constexpr std::size_t kOtherCost = 10;    // bytes of a value that is no decimal, about

bool same_bits(double left, double right) {
  return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right);
}

bool decimal(double value, double power, std::int64_t& number) {
  const double scaled = value * power;
  const double size = std::fabs(scaled);
  if (!(size < (power == 1 ? kLargest : kExact))) return false;
  number = static_cast<std::int64_t>(scaled + std::copysign(0.5, scaled));
  // These are integers already, and a half more would be rounded.
  if (size >= kExact / 2) number = static_cast<std::int64_t>(scaled);
  return same_bits(static_cast<double>(number) / power, value);
}

// The least exponent that fits, or one above all.
unsigned least_exponent(double value) {
  std::int64_t number = 0;
  for (unsigned exponent = 0; exponent <= kUsefulExponent; ++exponent) {
    if (decimal(value, kPowers.at(exponent), number)) return exponent;
    if (std::fabs(value) * kPowers.at(exponent) >= kExact) break;
  }
  return kUsefulExponent + 1;
}

// An exponent that needs `d` more digits than another makes every number wider by 3.32 d bits, a
// value that does not fit costs some bytes: the cheapest.
unsigned choose_exponent(std::span<const double> values) {
  std::array<std::size_t, kUsefulExponent + 2> looks{};
  const std::size_t stride = std::max<std::size_t>(1, values.size() / kLooks);
  std::size_t count = 0;
  for (std::size_t i = 0; i < values.size(); i += stride, ++count) {
    if (std::isfinite(values[i])) ++looks.at(least_exponent(values[i]));
  }
  unsigned best = 0;
  double least = 1e300;
  std::size_t fitting = 0;
  for (unsigned exponent = 0; exponent <= kUsefulExponent; ++exponent) {
    fitting += looks.at(exponent);
    const double others = static_cast<double>((count - fitting) * kOtherCost);
    const double cost = others + 0.415 * exponent * static_cast<double>(fitting);
    if (cost < least) {
      least = cost;
      best = exponent;
    }
  }
  return best;
}

}  // namespace

std::optional<Decimals> decimals_of(std::span<const double> values) {
  Decimals found;
  found.exponent = choose_exponent(values);
  found.numbers.resize(values.size());
  const double power = kPowers.at(found.exponent);
  const double* in = values.data();
  std::int64_t* out = found.numbers.data();
  std::int64_t before = 0;
  std::size_t distinct = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int64_t number = 0;
    if (decimal(in[i], power, number)) {
      if (found.others.size() == i) std::fill_n(out, i, number);
      before = number;
    } else {
      if (found.others.empty() || !same_bits(in[i], in[found.others.back()])) ++distinct;
      if (distinct > values.size() / 2) return std::nullopt;
      found.others.push_back(static_cast<std::uint32_t>(i));
    }
    out[i] = before;
  }
  return found;
}

void doubles_of(std::span<const std::int64_t> numbers, unsigned exponent, double* out) {
  const std::int64_t* in = numbers.data();
  const std::size_t count = numbers.size();
  if (exponent == 0) {
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<double>(in[i]);
    return;
  }
  const double power = kPowers.at(exponent);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<double>(in[i]) / power;
}

}  // namespace monitron::series
