#pragma once
// Samples whose bytes in version 1 of the form are kept in chunk_golden_test.cpp: each shape and
// each frame of blocks is among them.

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace monitron::series {

inline double bits(std::uint64_t pattern) { return std::bit_cast<double>(pattern); }

template <class Value>
std::vector<double> made(std::size_t count, Value value) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(value(static_cast<double>(i)));
  return values;
}

inline std::vector<std::vector<double>> golden_values() {
  return {
      {},
      std::vector<double>(4096, 42),
      made(300, [](double i) { return 5 - i; }),
      made(300, [](double i) { return 1e6 + 3000 * i; }),
      made(20, [](double i) { return std::fmod(i * 7, 10) / 10; }),
      made(20, [](double i) { return 4096 * std::fmod(i * i, 13) + 1e9; }),
      made(40, [](double i) { return i * i * i; }),
      made(40, [](double i) { return 1000 * i + std::fmod(i * i, 7); }),
      made(40, [](double i) { return i == 20 ? 1e12 : std::fmod(i, 4); }),
      made(300, [](double i) { return i < 128 ? std::fmod(i, 2) : i / 100; }),
      {1.0 / 3, 2.0 / 3, 1e300, -1e300, 0.1},
      {1, 2, bits(0x7ff0000000000002), bits(0x7ff0000000000002), 5, -0.0, 6, 7, 8, 9, 10, 11, 12,
       bits(0x7ff0000000000000), 14, 15, bits(0x7ff0000000000000)},
      {bits(0xfff8dead00000001)},
  };
}

inline std::vector<std::vector<std::int64_t>> golden_times() {
  std::vector<std::int64_t> jittered;
  for (std::int64_t i = 0; i < 50; ++i) jittered.push_back(10'000 * i + i * i % 8);
  return {
      jittered,
      {},
      {1'700'000'000'123},
      {1'700'000'000'000, 1'700'000'010'000, 1'700'000'020'000, 1'700'000'030'000},
      {-5, -5, 0, 7, 7, 1'000'000'000'000},
  };
}

}  // namespace monitron::series
