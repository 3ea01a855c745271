#pragma once
// Series that exist in the test of rules only, written in promtool's notation, and what rules make
// of them. Belongs to one thread.

#include "promql/query.hpp"

#include <map>

namespace monitron::rules {

inline constexpr std::size_t kMaxTestSamples = 10'000'000;  // of all series of a test

// name{label="value",…}; either part may be missing. Fault: invalid.
Result<promql::Labels> read_series_name(std::string_view text);

// "1 2 _ stale 0+10x100 5-1x3 1x5 _x3": values at 0, interval, 2 * interval …; absent ones are
// left out. https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
// Fault: invalid, saying which item is wrong; or more than `most` values.
Result<std::vector<promql::Sample>> read_series_values(std::string_view text,
                                                       std::int64_t interval_ms, std::size_t most);

class TestSeries : public promql::Source {
 public:
  // Series of equal labels: the last one stays.
  void put(const promql::Labels& labels, std::vector<promql::Sample> samples);
  // At the end of a series; one of the same time takes the place of the other.
  void append(const promql::Labels& labels, promql::Sample sample);
  // What is later than that is not there yet.
  void show_until(std::int64_t time_ms) { until_ms_ = time_ms; }

  Result<void> select(const promql::Selection& selection, promql::Budget& budget,
                      const Visit& visit) override;

 private:
  std::map<promql::Labels, std::vector<promql::Sample>> series_;
  std::int64_t until_ms_ = 0;
};

}  // namespace monitron::rules
