#include "series/exact_sum.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace monitron::series {
namespace {

constexpr double kExactIntegers = 9'007'199'254'740'992.0;  // 2^53

// As long as all are whole numbers and their sum stays small, adding them rounds nothing.
bool add_whole(std::span<const double> values, double& sum) {
  sum = 0;
  for (const double value : values) {
    if (value != std::trunc(value) || !(std::abs(value) < kExactIntegers)) return false;
    sum += value;
    if (!(std::abs(sum) < kExactIntegers)) return false;
  }
  return true;
}

// NaN, or infinite, as adding says whatever the order.
double sum_of_infinite(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) sum += value;
  }
  return std::isnan(sum) ? std::numeric_limits<double>::quiet_NaN() : sum;
}

// Numbers that do not overlap and whose sum is exactly that of what was added; ascending.
// Shewchuk, Adaptive Precision Floating-Point Arithmetic, 1997, "Grow-Expansion".
class Expansion {
 public:
  // False when it is too large for a double.
  bool add(double value) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      double part = parts_[i];
      if (std::abs(value) < std::abs(part)) std::swap(value, part);
      const double high = value + part;
      const double low = part - (high - value);
      if (low != 0) parts_[kept++] = low;
      value = high;
    }
    if (!std::isfinite(value) || kept == parts_.size()) return false;
    parts_[kept] = value;
    size_ = kept + 1;
    return true;
  }

  // The parts below the first that changes it decide only when it lies half between two doubles.
  double rounded() const {
    if (size_ == 0) return 0;
    auto at = size_ - 1;
    double high = parts_[at];
    double low = 0;
    while (at > 0 && low == 0) {
      const double part = parts_[--at];
      const double before = high;
      high = before + part;
      low = part - (high - before);
    }
    if (at > 0 && ((low < 0 && parts_[at - 1] < 0) || (low > 0 && parts_[at - 1] > 0))) {
      const double twice = low * 2;
      const double other = high + twice;
      if (twice == other - high) high = other;
    }
    return high;
  }

 private:
  // Doubles span 2098 bits, a part 53 of them.
  std::array<double, 48> parts_{};
  std::size_t size_ = 0;
};

double sum_of_rest(std::span<const double> values) {
  long double sum = 0;
  for (const double value : values) sum += value;
  return static_cast<double>(sum);
}

}  // namespace

double exact_sum(std::span<const double> values) {
  double whole = 0;
  if (add_whole(values, whole)) return whole;
  if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); })) {
    return sum_of_infinite(values);
  }
  Expansion expansion;
  for (const double value : values) {
    if (!expansion.add(value)) return sum_of_rest(values);
  }
  return expansion.rounded();
}

}  // namespace monitron::series
