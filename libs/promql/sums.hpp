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

// Grows step by step, so that the mean of large values does not overflow.
struct Mean {
  Sum mean;
  double count = 0;

  void add(double value) {
    ++count;
    if (std::isinf(mean.sum)) {
      // Same infinities cannot be subtracted, and nothing finite changes one.
      if (std::isinf(value) && (mean.sum > 0) == (value > 0)) return;
      if (std::isfinite(value)) return;
    }
    mean.add(value / count - mean.sum / count);
  }
  double value() const { return mean.value(); }
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
