#pragma once
// Values and times as monitoring has them, and worse.

#include <bit>
#include <cstdint>
#include <limits>
#include <rapidcheck.h>
#include <vector>

namespace monitron::series {

inline double double_of(std::uint64_t bits) { return std::bit_cast<double>(bits); }

inline std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits;
  for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  return bits;
}

// One stretch: a constant, a counter, a gauge with some decimals, multiples of 4096, noise.
inline void add_stretch(std::vector<double>& values) {
  const int kind = *rc::gen::inRange(0, 7);
  const int count = *rc::gen::inRange(1, 300);
  const auto power = std::vector<double>{1, 10, 100, 1e3, 1e6, 1e9}.at(*rc::gen::inRange(0, 6));
  const auto range = *rc::gen::element(2, 100, 100'000, 2'000'000'000);
  double level = *rc::gen::inRange(-range, range);
  const auto noise = *rc::gen::container<std::vector<int>>(static_cast<std::size_t>(count),
                                                           rc::gen::inRange(-range, range));
  for (const int step : noise) {
    if (kind == 1 || kind == 2) level += std::abs(step);
    if (kind == 3) level = step;
    if (kind == 4) level = 4096.0 * step;
    if (kind == 5) level += step / 7.0;
    if (kind == 6) level = double_of(static_cast<std::uint64_t>(step) * 0x9e3779b97f4a7c15);
    values.push_back(kind == 5 || kind == 6 || kind == 1 ? level : level / power);
  }
}

inline rc::Gen<std::vector<double>> any_sequence() {
  return rc::gen::exec([] {
    std::vector<double> values;
    const int stretches = *rc::gen::inRange(0, 5);
    for (int i = 0; i < stretches; ++i) add_stretch(values);
    const int odd = values.empty() ? 0 : *rc::gen::inRange(0, 6);
    for (int i = 0; i < odd; ++i) {
      values[*rc::gen::inRange<std::size_t>(0, values.size())] = double_of(*rc::gen::element(
          0x7ff0000000000002ull, 0x7ff8000000000001ull, 0x8000000000000000ull, 1ull, 0ull,
          0x7ff0000000000000ull, 0xfff0000000000000ull, 0x7fefffffffffffffull));
    }
    return values;
  });
}

// A grid with jitter, outages and equal times.
inline rc::Gen<std::vector<std::int64_t>> any_times() {
  return rc::gen::exec([] {
    std::vector<std::int64_t> times;
    std::int64_t time = *rc::gen::inRange<std::int64_t>(0, 7'258'118'400'000);
    const int step = *rc::gen::element(0, 1, 1000, 10'000, 60'000);
    const int jitter = *rc::gen::element(1, 5, 1000);
    for (const int late : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, jitter))) {
      if (late % 97 == 96) time += 3'600'000;
      times.push_back(time + late);
      time += step + jitter;
    }
    return times;
  });
}

}  // namespace monitron::series
