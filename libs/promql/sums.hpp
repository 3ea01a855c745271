#pragma once
// Sums and means of floating-point values that lose next to nothing.

#include <cmath>

namespace monitron::promql {

// Neumaier's variant of Kahan's summation: what each addition loses is summed up apart.
struct Sum {
  double sum = 0;
  double lost = 0;

  void add(double value) {
    const double next = sum + value;
    if (std::abs(sum) >= std::abs(value)) {
      lost += (sum - next) + value;
    } else {
      lost += (value - next) + sum;
    }
    sum = next;
  }
  double exact() const { return sum + lost; }
  // What is lost to an infinity is not a number. A lost zero must not take the sign of minus zero.
  double value() const { return std::isinf(sum) || lost == 0 ? sum : sum + lost; }
};

// The sum by the count is exact. Only where the sum is too large, or infinite, the mean is moved by
// each value's share instead, so that it does not overflow.
struct Mean {
  Sum sum;  // from `moving` on, the mean
  double count = 0;
  bool moving = false;

  void add(double value) {
    if (!moving && std::isinf(sum.sum + value)) {
      moving = true;
      sum = {count > 0 ? sum.value() / count : 0, 0};
    }
    ++count;
    if (!moving) return sum.add(value);
    if (std::isinf(sum.sum)) {
      // Equal infinities cannot be subtracted, and nothing finite changes one.
      if (std::isinf(value) && (sum.sum > 0) == (value > 0)) return;
      if (std::isfinite(value)) return;
    }
    sum.add(value / count - sum.sum / count);
  }
  double value() const { return moving ? sum.value() : sum.value() / count; }
};

// Variance by Welford's method: the sum of squared differences from the mean.
struct Variance {
  Sum mean;
  Sum squares;
  double count = 0;

  void add(double value) {
    ++count;
    const double delta = value - mean.exact();
    mean.add(delta / count);
    squares.add(delta * (value - mean.exact()));
  }
  double value() const { return squares.exact() / count; }
};

}  // namespace monitron::promql
