#pragma once
// Series in memory, for tests and benchmarks.

#include "promql/query.hpp"

#include <algorithm>

namespace monitron::promql {

class MemorySource : public Source {
 public:
  void add(Labels labels, std::vector<Sample> samples) {
    series_.push_back({std::move(labels), std::move(samples)});
  }
  const std::vector<Series>& series() const { return series_; }
  std::vector<Selection>& selections() { return selections_; }  // as they were asked for

  Result<void> select(const Selection& selection, Budget& budget, const Visit& visit) override {
    selections_.push_back(selection);
    for (const auto& one : series_) {
      if (!matches(selection.matchers, one.labels)) continue;
      const auto before = [](const Sample& sample, std::int64_t t) { return sample.time_ms < t; };
      const auto begin =
          std::lower_bound(one.samples.begin(), one.samples.end(), selection.from_ms, before);
      const auto end = std::lower_bound(begin, one.samples.end(), selection.to_ms + 1, before);
      if (begin == end) continue;
      const std::span<const Sample> samples(begin, end);
      if (auto taken = budget.take_samples(samples.size()); !taken) return taken;
      if (auto visited = visit(one.labels, samples); !visited) return visited;
    }
    return {};
  }

 private:
  std::vector<Series> series_;
  std::vector<Selection> selections_;
};

}  // namespace monitron::promql
