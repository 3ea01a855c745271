#pragma once
// The labels of a series, the metric name (`__name__`) among them, sorted by name, each name once.

#include <compare>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace monitron::promql {

inline constexpr std::string_view kMetricName = "__name__";

class Labels {
 public:
  using Pair = std::pair<std::string, std::string>;

  Labels() = default;
  // Sorts; of equal names the last one stays. An empty value is the same as no label.
  explicit Labels(std::vector<Pair> pairs);
  Labels(std::initializer_list<Pair> pairs) : Labels(std::vector<Pair>(pairs)) {}

  // Empty when there is none.
  std::string_view get(std::string_view name) const;
  void set(std::string_view name, std::string_view value);  // an empty value removes it
  void remove(std::string_view name) { set(name, {}); }

  const std::vector<Pair>& pairs() const { return pairs_; }
  bool empty() const { return pairs_.empty(); }
  std::string str() const;  // name{a="b"}, as Prometheus prints a series

  auto operator<=>(const Labels&) const = default;

 private:
  std::vector<Pair> pairs_;
};

}  // namespace monitron::promql
