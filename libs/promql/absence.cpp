#include "promql/absence.hpp"

#include "promql/analysis.hpp"

#include <set>

namespace monitron::promql {

Labels labels_of_absence(const Expr& expr) {
  const auto* selector = as<VectorSelector>(expr);
  if (const auto* range = as<MatrixSelector>(expr)) selector = &range->selector;
  Labels labels;
  if (selector == nullptr) return labels;
  std::set<std::string_view> seen;
  for (const auto& matcher : selector->matchers) {
    if (matcher.name() == kMetricName) continue;
    // A second condition on the same label leaves its value open.
    if (matcher.kind() == MatchKind::equal && seen.insert(matcher.name()).second) {
      labels.set(matcher.name(), matcher.value());
    } else {
      labels.remove(matcher.name());
    }
  }
  return labels;
}

void mark_present(std::span<const double> values, std::span<double> absent) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_present(values[i])) absent[i] = kAbsent;
  }
}

}  // namespace monitron::promql
