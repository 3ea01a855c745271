// The functions *_over_time, and those that count what happened in a window.
// https://prometheus.io/docs/prometheus/latest/querying/functions/#aggregation_over_time

#include "promql/range_functions.hpp"
#include "promql/sums.hpp"

namespace monitron::promql {

namespace {

using Points = std::span<const Sample>;

double sum(Points points) {
  Sum sum;
  for (const auto& point : points) sum.add(point.value);
  return sum.value();
}

double average(Points points) {
  Mean mean;
  for (const auto& point : points) mean.add(point.value);
  return mean.value();
}

double variance(Points points) {
  Variance variance;
  for (const auto& point : points) variance.add(point.value);
  return variance.value();
}

double deviation(Points points) { return std::sqrt(variance(points)); }

double count(Points points) { return static_cast<double>(points.size()); }

double last(Points points) { return points.back().value; }

double present(Points) { return 1; }

// NaN only where all are.
double maximum(Points points) {
  double max = points.front().value;
  for (const auto& point : points) {
    if (point.value > max || std::isnan(max)) max = point.value;
  }
  return max;
}

double minimum(Points points) {
  double min = points.front().value;
  for (const auto& point : points) {
    if (point.value < min || std::isnan(min)) min = point.value;
  }
  return min;
}

double resets(Points points) {
  int count = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    count += points[i].value < points[i - 1].value ? 1 : 0;
  }
  return count;
}

double changes(Points points) {
  int count = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const double a = points[i - 1].value;
    const double b = points[i].value;
    count += a != b && !(std::isnan(a) && std::isnan(b)) ? 1 : 0;
  }
  return count;
}

class OverTime : public RangeFunction {
 public:
  using Function = double (*)(Points);
  explicit OverTime(Function function) : function_(function) {}
  double at(const Window& window) override { return function_(window.points); }

 private:
  Function function_;
};

struct Named {
  std::string_view name;
  OverTime::Function function;
};
constexpr Named kFunctions[] = {
    {"avg_over_time", average},     {"changes", changes},       {"count_over_time", count},
    {"last_over_time", last},       {"max_over_time", maximum}, {"min_over_time", minimum},
    {"present_over_time", present}, {"resets", resets},         {"stddev_over_time", deviation},
    {"stdvar_over_time", variance}, {"sum_over_time", sum},
};

}  // namespace

std::unique_ptr<RangeFunction> make_over_time(std::string_view name) {
  for (const auto& entry : kFunctions) {
    if (entry.name == name) return std::make_unique<OverTime>(entry.function);
  }
  return nullptr;
}

}  // namespace monitron::promql
