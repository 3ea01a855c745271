#pragma once
// Values and times as monitoring has them, and worse.

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace monitron::series {

inline double double_of(std::uint64_t bits) { return std::bit_cast<double>(bits); }

inline std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits;
  for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  return bits;
}

class Sequences {
 public:
  explicit Sequences(unsigned seed) : random_(seed) {}

  // Stretches of some kinds one after the other, a few odd values among them.
  std::vector<double> values() {
    std::vector<double> values;
    for (auto stretches = below(4); stretches > 0; --stretches) add_stretch(values);
    for (auto odd = below(6); odd > 0 && !values.empty(); --odd) {
      const auto begin = below(values.size());
      const auto end = std::min(values.size(), begin + 1 + below(below(3) == 0 ? 100 : 2));
      const double value = odd_value();
      for (auto i = begin; i < end; ++i) values[i] = value;
    }
    return values;
  }

  // A grid with jitter, outages and equal times.
  std::vector<std::int64_t> times() {
    std::vector<std::int64_t> times(below(3) == 0 ? below(4) : below(2000));
    auto time = static_cast<std::int64_t>(below(7'258'118'400'000));
    const auto step = static_cast<std::int64_t>(std::array{0, 1, 1000, 10'000, 60'000}[below(5)]);
    const auto jitter = std::array{1, 5, 1000}[below(3)];
    for (auto& one : times) {
      const auto late = static_cast<std::int64_t>(below(jitter));
      one = time + late;
      time += step + jitter - 1 + (below(300) == 0 ? 3'600'000 : 0);
    }
    return times;
  }

  std::vector<bool> presence() {
    std::vector<bool> present(below(1000));
    const auto most = 2 + below(200);
    bool is = below(2) == 0;
    for (auto one = present.begin(); one != present.end(); is = !is) {
      for (auto left = below(most); left > 0 && one != present.end(); --left) *one++ = is;
    }
    return present;
  }

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

 private:
  double odd_value() {
    constexpr std::array<std::uint64_t, 9> kOdd = {
        0x7ff0000000000002, 0x7ff8000000000001, 0x8000000000000000,
        0x0000000000000001, 0x7ff0000000000000, 0xfff0000000000000,
        0x7fefffffffffffff, 0xc340000000000001, 0x3fd3333333333334};
    return double_of(kOdd[below(kOdd.size())]);
  }

  void add_stretch(std::vector<double>& values) {
    const auto kind = below(9);
    const double power = std::array{1.0, 10.0, 100.0, 1e3, 1e6, 1e9}[below(6)];
    const double range = std::array{1.0, 2.0, 100.0, 1e5, 2e9}[below(5)];
    const double slope = std::floor(range * uniform_(random_));
    double level = std::floor(range * uniform_(random_));
    const auto count = below(5) == 0 ? 1 + below(3) : 1 + below(1000);
    for (std::uint64_t i = 0; i < count; ++i) {
      const double step = std::floor(range * (2 * uniform_(random_) - 1));
      if (kind == 1) level += std::fabs(step);                              // a counter
      if (kind == 2) level = below(50) == 0 ? 0 : level + std::fabs(step);  // one that is reset
      if (kind == 3) level = step;                                          // a gauge
      if (kind == 4) level += 4096 * step;                                  // memory
      if (kind == 5) level += step / 7;                                     // all digits
      if (kind == 6) level = double_of(random_());                          // any bits
      if (kind == 7) level += slope + (below(20) == 0 ? step : 0);          // nearly a line
      if (kind == 8) level += below(60) == 0 ? 1e15 * step : 0;             // rare leaps
      values.push_back(kind == 1 || kind == 3 ? level / power : level);
    }
  }

  std::mt19937_64 random_;
  std::uniform_real_distribution<double> uniform_{};
};

}  // namespace monitron::series
