#pragma once
// What a host reports, as storage is measured with it: a quarter of the series constant, 30 of 100
// counters of events, 10 CPU seconds, 10 percentages, 10 gauges, 10 bytes of memory and 5 of full
// precision; times to the millisecond, a little off the grid. Always the same for a seed.

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace monitron::bench {

class Host {
 public:
  Host(unsigned seed, std::size_t series) : random_(seed), now_(series), rate_(series) {
    std::lognormal_distribution<double> rate(3, 2);
    std::uniform_real_distribution<double> level(0, 100);
    for (std::size_t i = 0; i < series; ++i) {
      rate_[i] = rate(random_);
      now_[i] = kind(i) == Kind::counter ? std::floor(rate_[i] * 1e4) : level(random_);
    }
  }

  // Of the next round.
  const std::vector<double>& next() {
    for (std::size_t i = 0; i < now_.size(); ++i) now_[i] = step(i, now_[i]);
    return now_;
  }
  // How many milliseconds its report is off.
  std::int64_t jitter_ms() {
    const double off = normal_(random_) * (random_() % 50 == 0 ? 60 : 3);
    return static_cast<std::int64_t>(std::abs(off));
  }

 private:
  enum class Kind { constant, counter, cpu, percent, gauge, memory, precise };
  static Kind kind(std::size_t series) {
    constexpr std::array<Kind, 20> kMix = {
        Kind::constant, Kind::constant, Kind::constant, Kind::constant, Kind::constant,
        Kind::counter,  Kind::counter,  Kind::counter,  Kind::counter,  Kind::counter,
        Kind::counter,  Kind::cpu,      Kind::cpu,      Kind::percent,  Kind::percent,
        Kind::gauge,    Kind::gauge,    Kind::memory,   Kind::memory,   Kind::precise};
    return kMix.at(series % kMix.size());
  }

  static double rounded(double value, double places) { return std::round(value * places) / places; }

  double step(std::size_t series, double before) {
    const double wave = normal_(random_);
    switch (kind(series)) {
      case Kind::counter: {
        const double burst = random_() % 100 == 0 ? 20 : 1;
        return before + std::floor(std::abs(rate_[series] * burst * (1 + wave / 3)));
      }
      case Kind::cpu:
        return rounded(before + std::abs(3 + wave), 100);
      case Kind::percent:
        return rounded(std::abs(std::fmod(before + wave, 100)), 10);
      case Kind::gauge:
        return rounded(before + wave, 100);
      case Kind::memory:
        return (std::floor(before / 4096) + std::round(wave * 100)) * 4096;
      case Kind::precise:
        return before + wave;
      case Kind::constant:
        break;
    }
    return std::floor(before);
  }

  std::mt19937 random_;
  std::normal_distribution<double> normal_;
  std::vector<double> now_, rate_;
};

}  // namespace monitron::bench
