#pragma once
// A threshold: metric{label="value",…} <op> number, a small part of PromQL. Pure.

#include "base/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace monitron::domain {

using LabelSet = std::map<std::string, std::string>;

// True when `labels` has every label of `selector`, with its value. Names of labels are plain
// (base/label_name.hpp); selectors may name them as people wrote them.
bool selects(const LabelSet& selector, const LabelSet& labels);

enum class Comparison { greater, greater_equal, less, less_equal, equal, not_equal };

struct Threshold {
  std::string metric;
  LabelSet labels;
  Comparison comparison = Comparison::greater;
  double limit = 0;

  bool holds(double value) const;  // never for NaN, but !=
  bool operator==(const Threshold&) const = default;
};

// Fault: invalid, saying what was expected where.
Result<Threshold> parse_threshold(std::string_view text);

// The same with another limit. Fault: invalid, as parse_threshold().
Result<std::string> with_limit(std::string_view text, double limit);

}  // namespace monitron::domain
