#include "service/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace monitron::service {
namespace {

// The handles' cells are prometheus-cpp's own objects behind an opaque name.
template <class Library, class Cell>
Library& library(Cell* cell) {
  return *reinterpret_cast<Library*>(cell);
}

template <class Cell, class Library>
Cell* cell_of(Library& metric) {
  return reinterpret_cast<Cell*>(&metric);
}

std::string number(double value) {
  if (std::isinf(value)) return "+Inf";
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

// `le`: of a bucket; sorted in.
MetricSample sample(const std::string& name, const prometheus::ClientMetric& metric, double value,
                    const std::string& le = "") {
  MetricSample one{name, {}, value};
  for (const auto& label : metric.label) one.labels.emplace_back(label.name, label.value);
  if (!le.empty()) one.labels.emplace_back("le", le);
  std::sort(one.labels.begin(), one.labels.end());
  return one;
}

void add_samples(const prometheus::ClientMetric& metric, MetricFamily& family) {
  auto& to = family.samples;
  if (family.type == "counter")
    return to.push_back(sample(family.name, metric, metric.counter.value));
  if (family.type == "gauge") return to.push_back(sample(family.name, metric, metric.gauge.value));
  const auto& histogram = metric.histogram;
  for (const auto& bucket : histogram.bucket) {
    to.push_back(sample(family.name + "_bucket", metric,
                        static_cast<double>(bucket.cumulative_count), number(bucket.upper_bound)));
  }
  to.push_back(sample(family.name + "_sum", metric, histogram.sample_sum));
  to.push_back(sample(family.name + "_count", metric, static_cast<double>(histogram.sample_count)));
}

std::string type_of(prometheus::MetricType type) {
  if (type == prometheus::MetricType::Counter) return "counter";
  return type == prometheus::MetricType::Gauge ? "gauge" : "histogram";
}

}  // namespace

struct Metrics::State {
  std::mutex mutex;  // one name is registered by one thread at a time
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Counter::add(double value) { library<prometheus::Counter>(cell_).Increment(value); }
void Gauge::set(double value) { library<prometheus::Gauge>(cell_).Set(value); }
void Histogram::observe(double value) { library<prometheus::Histogram>(cell_).Observe(value); }

Counter Metrics::counter(const std::string& name, const std::string& help,
                         const MetricLabels& labels) {
  const std::lock_guard lock(state_->mutex);
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
  return Counter(cell_of<Counter::Cell>(family.Add(labels)));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const MetricLabels& labels) {
  const std::lock_guard lock(state_->mutex);
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
  return Gauge(cell_of<Gauge::Cell>(family.Add(labels)));
}

Histogram Metrics::histogram(const std::string& name, const std::string& help,
                             const std::vector<double>& buckets, const MetricLabels& labels) {
  const std::lock_guard lock(state_->mutex);
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
  return Histogram(cell_of<Histogram::Cell>(family.Add(labels, buckets)));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

std::vector<MetricFamily> Metrics::collect() const {
  std::vector<MetricFamily> families;
  for (const auto& known : state_->registry.Collect()) {
    auto& family =
        families.emplace_back(MetricFamily{known.name, type_of(known.type), known.help, {}});
    for (const auto& metric : known.metric) add_samples(metric, family);
  }
  return families;
}

}  // namespace monitron::service
