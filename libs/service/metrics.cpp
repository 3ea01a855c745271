#include "service/metrics.hpp"

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

}  // namespace monitron::service
