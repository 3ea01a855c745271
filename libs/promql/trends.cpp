// deriv, predict_linear, holt_winters, quantile_over_time.
// https://prometheus.io/docs/prometheus/latest/querying/functions/#predict_linear

#include "promql/quantile.hpp"
#include "promql/range_functions.hpp"
#include "promql/sums.hpp"

#include <algorithm>

namespace monitron::promql {

namespace {

using Scalars = std::vector<Values>;

struct Line {
  double slope = 0;
  double value = 0;  // at `origin_ms`
};

// By least squares.
Line line_through(std::span<const Sample> points, std::int64_t origin_ms) {
  Sum sum_x;
  Sum sum_y;
  Sum sum_xy;
  Sum sum_xx;
  for (const auto& point : points) {
    const double x = static_cast<double>(point.time_ms - origin_ms) / 1e3;
    sum_x.add(x);
    sum_y.add(point.value);
    sum_xy.add(x * point.value);
    sum_xx.add(x * x);
  }
  const double first = points.front().value;
  const bool level = std::all_of(points.begin() + 1, points.end(),
                                 [first](const Sample& point) { return point.value == first; });
  if (level) {
    if (std::isinf(first)) return {std::nan(""), std::nan("")};
    return {0, first};
  }
  const auto n = static_cast<double>(points.size());
  const double x = sum_x.exact();
  const double y = sum_y.exact();
  const double slope = (sum_xy.exact() - x * y / n) / (sum_xx.exact() - x * x / n);
  return {slope, y / n - slope * x / n};
}

class Derivative : public RangeFunction {
 public:
  double at(const Window& window) override {
    if (window.points.size() < 2) return kAbsent;
    return line_through(window.points, window.points.front().time_ms).slope;
  }
};

class Prediction : public RangeFunction {
 public:
  explicit Prediction(Values seconds) : seconds_(std::move(seconds)) {}
  double at(const Window& window) override {
    if (window.points.size() < 2) return kAbsent;
    const Line line = line_through(window.points, window.eval_ms);
    return line.slope * seconds_[window.step] + line.value;
  }

 private:
  Values seconds_;
};

// Double exponential smoothing.
class Smoothed : public RangeFunction {
 public:
  Smoothed(Values smoothing, Values trend)
      : smoothing_(std::move(smoothing)), trend_(std::move(trend)) {}

  double at(const Window& window) override {
    const auto& points = window.points;
    if (points.size() < 2) return kAbsent;
    const double sf = smoothing_[window.step];
    const double tf = trend_[window.step];
    double before = 0;
    double level = points[0].value;
    double slope = points[1].value - points[0].value;
    for (std::size_t i = 1; i < points.size(); ++i) {
      if (i > 1) slope = tf * (level - before) + (1 - tf) * slope;
      const double next = sf * points[i].value + (1 - sf) * (level + slope);
      before = level;
      level = next;
    }
    return level;
  }

 private:
  Values smoothing_;
  Values trend_;
};

class QuantileOverTime : public RangeFunction {
 public:
  explicit QuantileOverTime(Values q) : q_(std::move(q)) {}
  double at(const Window& window) override {
    values_.clear();
    for (const auto& point : window.points) values_.push_back(point.value);
    return quantile_of(q_[window.step], values_);
  }

 private:
  Values q_;
  std::vector<double> values_;
};

Result<void> check_factors(const Values& factors, const char* name, const char* letters) {
  for (const double factor : factors) {
    if (factor > 0 && factor < 1) continue;
    if (std::isnan(factor)) continue;  // what Prometheus compares is false, too
    return fail(Fault::invalid, std::string("invalid ") + name + " factor. Expected: 0 < " +
                                    letters + " < 1, got: " + std::to_string(factor));
  }
  return {};
}

Result<std::unique_ptr<RangeFunction>> make_smoothed(Scalars& scalars) {
  if (auto good = check_factors(scalars[0], "smoothing", "sf"); !good) return fail(good.error());
  if (auto good = check_factors(scalars[1], "trend", "tf"); !good) return fail(good.error());
  return std::make_unique<Smoothed>(std::move(scalars[0]), std::move(scalars[1]));
}

}  // namespace

Result<std::unique_ptr<RangeFunction>> make_trend(std::string_view name, Scalars& scalars) {
  if (name == "deriv") return std::make_unique<Derivative>();
  if (name == "predict_linear") return std::make_unique<Prediction>(std::move(scalars[0]));
  if (name == "quantile_over_time") {
    return std::make_unique<QuantileOverTime>(std::move(scalars[0]));
  }
  if (name == "holt_winters") return make_smoothed(scalars);
  return nullptr;
}

Result<std::unique_ptr<RangeFunction>> make_range_function(std::string_view name, Scalars scalars) {
  if (auto function = make_rate(name)) return function;
  if (auto function = make_over_time(name)) return function;
  return make_trend(name, scalars);
}

}  // namespace monitron::promql
