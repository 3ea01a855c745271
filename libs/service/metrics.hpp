#pragma once
// Counters, gauges and histograms of this process, exposed at /metrics in Prometheus text. Names
// are monitron_<program>_<what>_<unit|total>. Handles live as long as Metrics. Threads: any.

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace monitron::service {

using MetricLabels = std::map<std::string, std::string>;

class Counter {
 public:
  void add(double value = 1);
  struct Cell;
  explicit Counter(Cell* cell) : cell_(cell) {}

 private:
  Cell* cell_;
};

class Gauge {
 public:
  void set(double value);
  struct Cell;
  explicit Gauge(Cell* cell) : cell_(cell) {}

 private:
  Cell* cell_;
};

class Histogram {
 public:
  void observe(double value);
  struct Cell;
  explicit Histogram(Cell* cell) : cell_(cell) {}

 private:
  Cell* cell_;
};

// What /metrics shows, as data: a histogram as its _bucket, _sum and _count.
struct MetricSample {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;  // sorted by name
  double value = 0;
};
struct MetricFamily {
  std::string name;
  std::string type;  // counter, gauge, histogram
  std::string help;
  std::vector<MetricSample> samples;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Counter counter(const std::string& name, const std::string& help,
                  const MetricLabels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  // Buckets in ascending order, in the unit of the name.
  Histogram histogram(const std::string& name, const std::string& help,
                      const std::vector<double>& buckets, const MetricLabels& labels = {});
  std::string text() const;
  std::vector<MetricFamily> collect() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::service
