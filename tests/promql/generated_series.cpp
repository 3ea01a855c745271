#include "generated.hpp"

#include <cmath>
#include <limits>

namespace monitron::promql {

namespace {

const double kStale = std::bit_cast<double>(kStaleBits);

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  std::vector<Series> all() {
    for (const char* job : {"api", "web"}) {
      for (const char* instance : {"a:1", "b:1", "c:1"}) host(job, instance);
    }
    for (const char* name : {"x", "y"}) pair(name);
    weird();
    return std::move(series_);
  }

 private:
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  // Times with a little jitter, and at times a gap, which ends with or without a mark.
  template <class Next>
  void add(Labels labels, std::int64_t interval, Next next) {
    std::vector<Sample> samples;
    for (auto t = kBegin; t < kBegin + kLength; t += interval) {
      if (chance() < 0.005) {
        if (chance() < 0.5) samples.push_back({t, kStale});
        t += static_cast<std::int64_t>(chance() * 900'000);
        continue;
      }
      samples.push_back({t + static_cast<std::int64_t>(chance() * 50), next()});
    }
    series_.push_back({std::move(labels), std::move(samples)});
  }

  void host(const std::string& job, const std::string& instance) {
    for (const char* code : {"200", "500"}) {
      double count = std::floor(chance() * 100);
      add({{"__name__", "requests_total"}, {"job", job}, {"instance", instance}, {"code", code}},
          15'000, [&, count]() mutable {
            if (chance() < 0.01) count = 0;
            return count += std::floor(chance() * 10);
          });
    }
    double level = 1e9;
    add({{"__name__", "memory_bytes"}, {"job", job}, {"instance", instance}}, 30'000,
        [&, level]() mutable { return level += std::floor(chance() * 2e6 - 1e6); });
    double heat = 20;
    add({{"__name__", "temperature"}, {"instance", instance}, {"job", job}}, 60'000,
        [&, heat]() mutable { return heat += chance() - 0.5; });
    add({{"__name__", "up"}, {"job", job}, {"instance", instance}}, 30'000,
        [&] { return chance() < 0.9 ? 1.0 : 0.0; });
    info(job, instance);
    histogram("latency_bucket", job, instance);
    histogram("delay_bucket", job, instance);
  }

  // One series ends, and another with a new version goes on.
  void info(const std::string& job, const std::string& instance) {
    const auto change = kBegin + static_cast<std::int64_t>(chance() * kLength);
    std::vector<Sample> before;
    std::vector<Sample> after;
    for (auto t = kBegin; t < kBegin + kLength; t += 60'000) {
      (t < change ? before : after).push_back({t, 1});
    }
    if (!after.empty() && chance() < 0.7) before.push_back({after.front().time_ms, kStale});
    const auto labels = [&](const char* version) {
      return Labels{
          {"__name__", "info"}, {"job", job}, {"instance", instance}, {"version", version}};
    };
    series_.push_back({labels("1.0"), std::move(before)});
    if (!after.empty()) series_.push_back({labels("1.1"), std::move(after)});
  }

  void histogram(const char* name, const std::string& job, const std::string& instance) {
    double counts[] = {0, 0, 0, 0, 0};
    const char* bounds[] = {"0.1", "0.5", "1", "5", "+Inf"};
    std::vector<Sample> samples[5];
    for (auto t = kBegin; t < kBegin + kLength; t += 30'000) {
      double more = 0;
      for (int i = 0; i < 5; ++i) {
        more += std::floor(chance() * 5);
        samples[i].push_back({t, counts[i] += more});
      }
    }
    for (int i = 0; i < 5; ++i) {
      series_.push_back(
          {{{"__name__", name}, {"job", job}, {"instance", instance}, {"le", bounds[i]}},
           std::move(samples[i])});
    }
  }

  void pair(const std::string& name) {
    for (const char* a : {"1", "2", "3"}) {
      add({{"__name__", name}, {"a", a}}, 30'000, [&] { return std::floor(chance() * 7) - 3; });
    }
  }

  void weird() {
    const double values[] = {std::nan(""),
                             std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(),
                             -0.0,
                             0,
                             1e9,
                             -1e9,
                             1e-300,
                             1,
                             2.5};
    for (const char* a : {"1", "2", "3", "4"}) {
      add({{"__name__", "weird"}, {"a", a}, {"le", a}}, 60'000,
          [&] { return values[random_() % std::size(values)]; });
    }
  }

  std::mt19937 random_;
  std::vector<Series> series_;
};

}  // namespace

std::vector<Series> generated_series(std::uint32_t seed) { return Generator(seed).all(); }

}  // namespace monitron::promql
