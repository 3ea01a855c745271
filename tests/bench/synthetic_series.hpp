#pragma once
// Series as hosts have them, made up: 25 % constants, 30 % integer counters with lognormal rates
// and bursts, 10 % counters of seconds with two decimals, 10 % percentages with one, 10 % gauges
// with two, 10 % memory figures in pages of 4096, 5 % of full precision. A report every 10 s, a few
// milliseconds late or, two times in a hundred, more.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace monitron::bench {

class SyntheticSeries {
 public:
  explicit SyntheticSeries(unsigned seed) : random_(seed) {}

  // `index` chooses the kind, in shares of a hundred.
  std::vector<double> values(std::size_t index, std::size_t count) {
    const auto kind = index % 20;
    std::vector<double> values(count);
    if (kind < 5) constant(values);
    if (kind >= 5 && kind < 11) counter(values);
    if (kind >= 11 && kind < 13) seconds(values);
    if (kind >= 13 && kind < 15) walk(values, 40, 2, 0, 100, 10);
    if (kind >= 15 && kind < 17) walk(values, 5, 0.3, 0, 1e6, 100);
    if (kind >= 17 && kind < 19) memory(values);
    if (kind == 19) full_precision(values);
    return values;
  }

  std::vector<std::int64_t> times(std::size_t count, std::int64_t begin) {
    std::vector<std::int64_t> times(count);
    for (std::size_t i = 0; i < count; ++i) {
      const double late = chance() < 0.02 ? 200 * chance() : std::fabs(3 * normal());
      times[i] = begin + static_cast<std::int64_t>(i) * 10'000 + std::llround(late);
    }
    return times;
  }

 private:
  double normal() { return normal_(random_); }
  double chance() { return uniform_(random_); }

  void constant(std::vector<double>& values) {
    std::fill(values.begin(), values.end(), std::floor(std::exp(10 * chance())));
  }

  void counter(std::vector<double>& values) {
    const double rate = std::exp(3 + 2 * normal());
    double level = std::floor(1e6 * chance());
    bool burst = false;
    for (double& value : values) {
      if (chance() < (burst ? 0.2 : 0.01)) burst = !burst;
      const double mean = rate * (burst ? 10 : 1);
      level += std::max(0.0, std::round(mean + std::sqrt(mean) * normal()));
      value = level;
    }
  }

  void seconds(std::vector<double>& values) {
    const double load = 10 * chance();
    double level = std::floor(1e6 * chance());
    for (double& value : values) {
      level += std::max(0.0, std::round(100 * (load + 0.1 * normal())));
      value = level / 100;
    }
  }

  void walk(std::vector<double>& values, double level, double step, double least, double most,
            double digits) {
    for (double& value : values) {
      level = std::clamp(level + step * normal(), least, most);
      value = std::round(level * digits) / digits;
    }
  }

  void memory(std::vector<double>& values) {
    double pages = std::floor(1e6 * (1 + chance()));
    for (double& value : values) {
      pages += std::round(100 * normal());
      value = 4096 * pages;
    }
  }

  void full_precision(std::vector<double>& values) {
    double level = chance();
    for (double& value : values) value = level = std::fabs(level + 0.01 * normal());
  }

  std::mt19937_64 random_;
  std::normal_distribution<double> normal_{};
  std::uniform_real_distribution<double> uniform_{};
};

}  // namespace monitron::bench
