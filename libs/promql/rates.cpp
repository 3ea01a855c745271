// rate, increase, delta, irate, idelta.
// https://prometheus.io/docs/prometheus/latest/querying/functions/#rate

#include "promql/range_functions.hpp"

namespace monitron::promql {

namespace {

double seconds(std::int64_t ms) { return static_cast<double>(ms) / 1000; }

// How far the samples speak beyond themselves: to the ends of the window, but half an average
// distance at most where the window goes on without samples, and for counters not below zero.
double extrapolation(const Window& window, double growth, bool is_counter) {
  const Sample& first = window.points.front();
  const Sample& last = window.points.back();
  const double sampled = seconds(last.time_ms - first.time_ms);
  const double distance = sampled / static_cast<double>(window.points.size() - 1);
  double to_start = seconds(first.time_ms - window.start_ms);
  const double to_end = seconds(window.end_ms - last.time_ms);
  if (is_counter && growth > 0 && first.value >= 0) {
    to_start = std::min(to_start, sampled * (first.value / growth));
  }
  const double threshold = distance * 1.1;
  double covered = sampled;
  covered += to_start < threshold ? to_start : distance / 2;
  covered += to_end < threshold ? to_end : distance / 2;
  return covered / sampled;
}

class Extrapolated : public RangeFunction {
 public:
  Extrapolated(bool is_counter, bool is_rate) : is_counter_(is_counter), is_rate_(is_rate) {}

  // Resets are looked for once, not in each of the windows that overlap.
  void begin(std::span<const Sample> series) override {
    series_ = series.data();
    next_ = 0;
    resets_.clear();
    if (!is_counter_) return;
    for (std::size_t i = 1; i < series.size(); ++i) {
      if (series[i].value < series[i - 1].value) resets_.push_back(i);
    }
  }

  double at(const Window& window) override {
    const auto& points = window.points;
    if (points.size() < 2) return kAbsent;
    double growth = points.back().value - points.front().value;
    const auto first = static_cast<std::size_t>(points.data() - series_);
    while (next_ < resets_.size() && resets_[next_] <= first) ++next_;
    for (auto i = next_; i < resets_.size() && resets_[i] < first + points.size(); ++i) {
      growth += series_[resets_[i] - 1].value;
    }
    double factor = extrapolation(window, growth, is_counter_);
    if (is_rate_) factor /= seconds(window.end_ms - window.start_ms);
    return growth * factor;
  }

 private:
  bool is_counter_;
  bool is_rate_;
  const Sample* series_ = nullptr;
  std::vector<std::size_t> resets_;  // samples that are smaller than the one before
  std::size_t next_ = 0;             // the first reset after the start of the window
};

// Of the last two samples alone.
class Instant : public RangeFunction {
 public:
  explicit Instant(bool is_rate) : is_rate_(is_rate) {}

  double at(const Window& window) override {
    if (window.points.size() < 2) return kAbsent;
    const Sample& last = window.points.back();
    const Sample& previous = window.points[window.points.size() - 2];
    if (!is_rate_) return last.value - previous.value;
    const double growth = last.value < previous.value ? last.value : last.value - previous.value;
    return growth / seconds(last.time_ms - previous.time_ms);
  }

 private:
  bool is_rate_;
};

}  // namespace

std::unique_ptr<RangeFunction> make_rate(std::string_view name) {
  if (name == "rate") return std::make_unique<Extrapolated>(true, true);
  if (name == "increase") return std::make_unique<Extrapolated>(true, false);
  if (name == "delta") return std::make_unique<Extrapolated>(false, false);
  if (name == "irate") return std::make_unique<Instant>(true);
  if (name == "idelta") return std::make_unique<Instant>(false);
  return nullptr;
}

}  // namespace monitron::promql
